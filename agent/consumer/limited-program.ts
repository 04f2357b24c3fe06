/**
 * A consumer's own test program, run on what came over the network: no shell, bounded time, memory
 * and output, and never as root. Memory and processor time are limited by `prlimit` of util-linux
 * where the machine has it; time and output everywhere.
 */
import type { FileSystem } from "../../host/file-system.ts";
import type { ProcessResult } from "../../host/process.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import type { Argv } from "../config/types.ts";
import type { RunProgram } from "./command.ts";

/** What such a program may use. */
export interface ProgramLimits {
  readonly timeoutMs: number;
  /** Address space, in bytes. */
  readonly memoryBytes: number;
}

/** The machine as these programs need it. */
export interface ProgramPorts {
  readonly run: RunProgram;
  readonly fs: FileSystem;
  /** The user that the agent runs as; undefined where there is no such number. */
  readonly uid: number | undefined;
}

const prlimit = "/usr/bin/prlimit";
const maxOutputBytes = 1024 * 1024;
/** `nobody` and `nogroup`: what a program gets in place of root. */
export const unprivileged = 65_534;

/** The program under the limits of `prlimit` (pure). */
export function limitedArgv(argv: Argv, { timeoutMs, memoryBytes }: ProgramLimits): Argv {
  const seconds = Math.ceil(timeoutMs / 1000);
  return [prlimit, `--as=${memoryBytes}`, `--cpu=${seconds}`, "--core=0", "--", ...argv];
}

async function isFile(fs: FileSystem, path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).kind === "file";
  } catch (error) {
    if (errnoOf(error) !== undefined) return false;
    throw error;
  }
}

/** Throws `consumer.unreachable` unless the file, which the operator named, is there. */
export async function checkOperatorsFile(fs: FileSystem, path: string): Promise<void> {
  if (await isFile(fs, path)) return;
  throw new VouchsafeError("consumer.unreachable", `There is no file ${path} that can be read.`);
}

/**
 * Runs a program to its end.
 *
 * @throws VouchsafeError `consumer.unreachable` if it cannot be started; the signal's reason
 */
export async function runLimited(
  { run, fs, uid }: ProgramPorts,
  argv: Argv,
  limits: ProgramLimits,
  { input, signal }: { readonly input?: string; readonly signal?: AbortSignal | undefined },
): Promise<ProcessResult> {
  await checkOperatorsFile(fs, argv[0]);
  const limited = (await isFile(fs, prlimit)) ? limitedArgv(argv, limits) : argv;
  try {
    return await run(limited, {
      env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
      cwd: "/",
      timeoutMs: limits.timeoutMs,
      maxOutputBytes,
      ...(input === undefined ? {} : { input }),
      ...(uid === 0 ? { uid: unprivileged, gid: unprivileged } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new VouchsafeError("consumer.unreachable", `${argv[0]} cannot be started.`, { cause });
  }
}
