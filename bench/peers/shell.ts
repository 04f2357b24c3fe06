/** Running what sets a tool up, and small scripts as clients. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ClientCommand } from "./types.ts";

const run = promisify(execFile);

/** Runs a program that must end well. */
export const runTool = async (
  program: string,
  args: readonly string[],
  cwd?: string,
): Promise<string> => (await run(program, args, { cwd, maxBuffer: 64_000_000 })).stdout;

/**
 * Copies a folder with all that its files have: times to the nanosecond, by which the agent knows
 * its files, and extended attributes, in which OSTree keeps owner and mode.
 */
export const copyAll = (from: string, to: string): Promise<string> =>
  runTool("cp", ["-a", from, to]);

/** A client that is several commands; `$1`, `$2` … are its words. */
export const script = (text: string, ...words: readonly string[]): ClientCommand => ({
  program: "/bin/sh",
  args: ["-ec", text, "client", ...words],
});

/** Whether a program can be found. */
export const hasProgram = (name: string): Promise<boolean> =>
  run("/bin/sh", ["-c", 'PATH="$PATH:/usr/sbin" command -v "$1"', "find", name]).then(
    () => true,
    () => false,
  );
