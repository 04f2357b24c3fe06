/** Runs the built programs as an operator would: from the command line, with files for secrets. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const dist = resolve(import.meta.dirname, "../dist");
const runLimitMs = 60_000;

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of dist/, by its last name. */
export type ProgramName = "agent" | "publisher" | "console";

const bundleOf = (name: ProgramName) => join(dist, `vouchsafe-${name}.cjs`);

/** Runs a program to its end, for a minute at most. */
export async function run(
  name: ProgramName,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [bundleOf(name), ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runLimitMs,
  });
  const [stdout, stderr, [code]] = await Promise.all([
    collect(child.stdout),
    collect(child.stderr),
    once(child, "close"),
  ]);
  return { code: typeof code === "number" ? code : null, stdout, stderr };
}

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** A program that stays up. */
export interface Service {
  /** Its address, as it told on standard output. */
  readonly url: string;
  stop(): Promise<void>;
}

async function firstUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the program has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /https?:\/\/[^\s"]+/.exec(line)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error("the program ended before it told its address");
}

/** Starts the console and waits until it listens. */
export async function startConsole(dataDir: string): Promise<Service> {
  const args = ["serve", "--data", dataDir, "--listen", "127.0.0.1:0"];
  const child = spawn(process.execPath, [bundleOf("console"), ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "close");
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  try {
    const url = await firstUrl(child);
    child.stdout.resume();
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
