/**
 * Measures a process. Wall time, CPU and peak memory come from the kernel (getrusage) and are exact
 * for the process and all it waited for: CPU to the microsecond where the kernel accounts so, peak
 * memory to the page. What a sample still holds is the machine's noise; see the medians.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Sample } from "./types.ts";

/** What a process used. */
export type Usage = Required<Pick<Sample, "wallMs" | "cpuMs" | "peakRssBytes" | "bytesWritten">>;

/** What ran and what it printed. */
export interface Measured extends Usage {
  readonly stdout: string;
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

const parseUsage = (line: string): Usage => {
  const [wall, user, system, peak, bytesWritten] = line.trim().split(" ").map(Number);
  if (wall === undefined || user === undefined || system === undefined) {
    throw new Error(`The measurement left no numbers but: ${line}`);
  }
  if (peak === undefined || bytesWritten === undefined) {
    throw new Error(`The measurement left too few numbers: ${line}`);
  }
  const [wallMs, cpuMs] = [wall / 1000, (user + system) / 1000];
  return { wallMs, cpuMs, peakRssBytes: peak * 1024, bytesWritten };
};

/**
 * Runs a command to its end.
 *
 * @throws Error when the command does not end with exit code 0, with what it said
 */
export const measureProcess = async ({ program, args, env }: Command): Promise<Measured> => {
  const folder = await mkdtemp(join(tmpdir(), "vouchsafe-bench-"));
  try {
    const result = join(folder, "usage");
    const script = join(import.meta.dirname, "measure.pl");
    const child = spawn("perl", [script, result, program, ...args], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${stderr}${stdout}`);
    return { ...parseUsage(await readFile(result, "utf8")), stdout };
  } finally {
    await rm(folder, { recursive: true });
  }
};
