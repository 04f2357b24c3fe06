/**
 * Running another program: no shell, a given environment, bounded time and output. The program
 * gets a process group of its own, and the whole group ends when its time is over.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { win32 } from "node:path";
import process from "node:process";
import { windowsFolder } from "./windows-folder.ts";

/** How a program is run. */
export interface ProcessOptions {
  /** The whole environment of the program; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Wall time it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Bytes kept of standard output, and of standard error; the rest is read and dropped. */
  readonly maxOutputBytes: number;
  /** Bytes for its standard input; without them it reads end of file. */
  readonly input?: Uint8Array | string;
  readonly signal?: AbortSignal;
  /** Run as this user and group (Unix, as root only). */
  readonly uid?: number;
  readonly gid?: number;
}

/** How a program ended. */
export interface ProcessResult {
  /** Exit code, or null if a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Whether output was dropped. */
  readonly truncated: boolean;
}

/** How long output is still read after the program itself has ended, in milliseconds. */
const drainMs = 500;

interface Capture {
  text(): string;
  truncated(): boolean;
}

function capture(stream: NodeJS.ReadableStream | null, maxBytes: number): Capture {
  const chunks: Buffer[] = [];
  let kept = 0;
  let truncated = false;
  stream?.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, maxBytes - kept);
    if (part.length < chunk.length) truncated = true;
    kept += part.length;
    if (part.length > 0) chunks.push(part);
  });
  return { text: () => Buffer.concat(chunks).toString("utf8"), truncated: () => truncated };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === "win32") {
    // By its path: a bare name is looked for in the current folder first.
    const taskkill = win32.join(windowsFolder(), "System32", "taskkill.exe");
    spawn(taskkill, ["/pid", String(child.pid), "/T", "/F"], { windowsHide: true }).on(
      "error",
      () => child.kill("SIGKILL"),
    );
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group ended between the look and the kill.
    child.kill("SIGKILL");
  }
}

/** Resolves when the program has ended and its output was read (or is held open by others). */
function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    child.once("error", reject);
    child.once("exit", () => {
      timer = setTimeout(() => {
        // A daemon that the program started still holds the pipes: its output is not awaited.
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, drainMs);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal });
    });
  });
}

/**
 * Runs a program to its end.
 * @param argv the program and its arguments, passed as they are
 * @throws the operating system's error (ENOENT, EACCES) if it cannot be started; the signal's
 * reason if that aborts
 */
export async function runProcess(
  argv: readonly [string, ...string[]],
  options: ProcessOptions,
): Promise<ProcessResult> {
  options.signal?.throwIfAborted();
  const { cwd, uid, gid, env } = options;
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    detached: process.platform !== "win32",
    shell: false,
    windowsHide: true,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const stdout = capture(child.stdout, options.maxOutputBytes);
  const stderr = capture(child.stderr, options.maxOutputBytes);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, options.timeoutMs);
  const onAbort = (): void => killGroup(child);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  // A program that does not read its input is no error.
  child.stdin?.on("error", () => undefined).end(options.input);
  try {
    const { code, signal } = await ended(child);
    options.signal?.throwIfAborted();
    const truncated = stdout.truncated() || stderr.truncated();
    return { code, signal, stdout: stdout.text(), stderr: stderr.text(), timedOut, truncated };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}
