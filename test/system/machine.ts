/** What the system tests need of the machine, and how they start and end a consumer. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** Whether the tests of these programs can run here: as root, because they start daemons. */
export function canRun(...programs: readonly string[]): boolean {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return false;
  return programs.every((program) => {
    try {
      accessSync(program, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The user that a consumer runs as: `nobody`. */
export const nobody = { uid: 65_534, gid: 65_534 } as const;

/** A consumer's daemon. */
export interface Daemon {
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once("close", resolve));
}

/**
 * Starts a daemon in the foreground, and waits until it answers.
 *
 * @param answers resolves once it does; asked again until then
 */
export async function startDaemon(
  argv: readonly string[],
  options: { readonly uid?: number; readonly gid?: number; readonly env?: Record<string, string> },
  answers: () => Promise<unknown>,
): Promise<Daemon> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...options.env },
  });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-100_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await ended(child);
  };
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`);
    try {
      await answers();
      return { pid: child.pid ?? 0, output: () => output, stop };
    } catch {
      await delay(200);
    }
  }
  await stop();
  throw new Error(`${program} does not answer: ${output}`);
}
