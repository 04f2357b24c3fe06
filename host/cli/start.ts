/** The last step of each program's entry: the real process behind the frame. */
import process from "node:process";
import type { Writable } from "node:stream";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import { systemClock } from "../clock.ts";
import { nodeProblem } from "../node-check.ts";
import { watchSignals } from "./interruption.ts";
import { failureDocument, main } from "./main.ts";
import { wantsJson } from "./parse.ts";
import type { Program } from "./types.ts";

/** A reader that went away (`… | head`) is no error; anything else on a stream is. */
function tolerateBrokenPipe(stream: Writable): void {
  stream.on("error", (error) => {
    if (errnoOf(error) !== "EPIPE") throw error;
  });
}

/** Writes nothing where nothing waits: an installer gives its programs no output that works. */
function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded || stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
  });
}

function refuseOldRuntime(program: Program, argv: readonly string[], problem: string): number {
  const error = new VouchsafeError("usage.runtime", problem);
  if (wantsJson(argv)) process.stdout.write(`${JSON.stringify(failureDocument(error))}\n`);
  else process.stderr.write(`${program.name}: ${problem}\n  what to do: ${error.advice}\n`);
  return 2;
}

/**
 * Runs a program with the real process and ends it with the program's exit code, whatever timers
 * or sockets are still open.
 */
export async function startProgram(program: Program): Promise<never> {
  const argv = process.argv.slice(2);
  tolerateBrokenPipe(process.stdout);
  // What cannot be told, because a disk is full, must not end the program that wanted to tell it.
  process.stderr.on("error", () => undefined);
  const problem = nodeProblem(process.version);
  const code =
    problem === undefined
      ? await main(program, argv, {
          // Opened when it is read: opening it takes a while, and most verbs never read it.
          get stdin() {
            return process.stdin;
          },
          stdout: process.stdout,
          stderr: process.stderr,
          stderrIsTerminal: process.stderr.isTTY,
          env: process.env,
          clock: systemClock,
          signal: watchSignals(),
        })
      : refuseOldRuntime(program, argv, problem);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code);
}
