/** Runs the console's command line in this process, without a terminal. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { consoleProgram } from "../../console/cli/program.ts";
import { main } from "../../host/cli/main.ts";
import { systemClock } from "../../host/clock.ts";

/** How a verb ended, and what it printed on standard output. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
}

export async function runConsole(argv: readonly string[]): Promise<Ran> {
  const stdin = new PassThrough();
  stdin.end();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  stderr.resume();
  const printed = text(stdout);
  const code = await main(consoleProgram, argv, {
    stdin,
    stdout,
    stderr,
    stderrIsTerminal: false,
    env: {},
    clock: systemClock,
    signal: new AbortController().signal,
  });
  stdout.end();
  return { code, out: await printed };
}
