/**
 * One check or update as a child process: its events come as lines of JSON on its standard
 * output, and a watchdog ends it when it has gone silent. Whatever it does, the service lives on.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { isObject, type JsonObject, parseJson } from "../../protocol/json.ts";
import { makeLineSplitter } from "./lines.ts";
import type { SelfCommand } from "./self-command.ts";

/** Bounds on a child. Milliseconds and bytes. */
export interface WorkerLimits {
  /** Longest time between two events; a child tells each step and once a second of a download. */
  readonly silenceMs: number;
  /** Longest life. */
  readonly totalMs: number;
  /** Time to end by itself when asked to, before it is ended. */
  readonly graceMs: number;
  /** Time that its end may take once it was ended. */
  readonly deathMs: number;
  /** Longest line. */
  readonly lineBytes: number;
  /** Bytes kept of what it writes to standard error. */
  readonly stderrBytes: number;
}

/**
 * Generous, for slow links are not wrong: an operator's command may be silent for an hour in each
 * of three steps.
 */
export const workerLimits: WorkerLimits = {
  silenceMs: 4 * 3_600_000,
  totalMs: 48 * 3_600_000,
  graceMs: 20_000,
  deathMs: 60_000,
  lineBytes: 4_194_304,
  stderrBytes: 8_192,
};

/** How a child ended. */
export interface WorkerEnd {
  /** Exit code; null if a signal ended it or it could not be started. */
  readonly code: number | null;
  readonly signal: string | null;
  /** The end of what it wrote to standard error. */
  readonly stderr: string;
  /** Why the watchdog stepped in, if it did. */
  readonly watchdog?: "silent" | "too-long";
  /** Why it could not be started, if it could not. */
  readonly startError?: Error;
}

/** A running child. */
export interface Worker {
  /** Never rejects. */
  readonly ended: Promise<WorkerEnd>;
  /** Asks it to end; after the grace it is ended. */
  stop(): void;
  /** Whether it lives on although it was ended: nothing here can help then. */
  stuck(): boolean;
}

/** What a child is started with. */
export interface WorkerOptions {
  readonly command: SelfCommand;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Given to it on standard input. */
  readonly input: string;
  readonly limits?: WorkerLimits;
  readonly onEvent: (event: JsonObject) => void;
}

function parseEvent(line: string, limits: WorkerLimits): JsonObject | undefined {
  try {
    const value = parseJson(Buffer.from(line), limits.lineBytes);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // not a line of ours: a runtime's warning, or half a line of a child that died
  }
}

function readEvents(
  stream: NodeJS.ReadableStream | null,
  limits: WorkerLimits,
  onEvent: (event: JsonObject) => void,
): void {
  const splitter = makeLineSplitter(limits.lineBytes);
  let garbled = false;
  stream?.on("data", (chunk: Buffer) => {
    if (garbled) return;
    try {
      for (const line of splitter.push(chunk)) {
        const event = parseEvent(line, limits);
        if (event !== undefined) onEvent(event);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      garbled = true; // the rest is read and dropped
    }
  });
}

function keepTail(stream: NodeJS.ReadableStream | null, maxBytes: number): () => string {
  let tail = Buffer.alloc(0);
  stream?.on("data", (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-maxBytes);
  });
  return () => tail.toString("utf8");
}

/** Asks a child to end, and ends it after the grace. */
function makeStop(
  child: ChildProcess,
  { graceMs, deathMs }: WorkerLimits,
): Pick<Worker, "stop" | "stuck"> & { readonly clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let stuck = false;
  const insist = (): void => {
    child.kill("SIGKILL");
    timer = setTimeout(() => {
      stuck = true;
    }, deathMs);
  };
  return {
    stop() {
      if (timer !== undefined) return;
      child.kill("SIGTERM");
      timer = setTimeout(insist, graceMs);
    },
    stuck: () => stuck,
    clear() {
      stuck = false;
      clearTimeout(timer);
    },
  };
}

/** Starts a child. */
export function startWorker(options: WorkerOptions): Worker {
  const { command, args, env } = options;
  const limits = options.limits ?? workerLimits;
  const child = spawn(command.program, [...command.args, ...args], {
    env,
    shell: false,
    windowsHide: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A child that ends before it has read is judged by how it ended.
  child.stdin.on("error", () => undefined).end(options.input);
  const { stop, stuck, clear } = makeStop(child, limits);
  let watchdog: "silent" | "too-long" | undefined;
  const bark = (why: "silent" | "too-long") => (): void => {
    watchdog ??= why;
    stop();
  };
  const total = setTimeout(bark("too-long"), limits.totalMs);
  const silence = setTimeout(bark("silent"), limits.silenceMs);
  readEvents(child.stdout, limits, (event) => {
    silence.refresh();
    options.onEvent(event);
  });
  const stderr = keepTail(child.stderr, limits.stderrBytes);

  const ended = new Promise<WorkerEnd>((resolve) => {
    const finish = (end: Pick<WorkerEnd, "code" | "signal" | "startError">): void => {
      for (const timer of [total, silence]) clearTimeout(timer);
      clear();
      resolve({ ...end, stderr: stderr(), ...(watchdog === undefined ? {} : { watchdog }) });
    };
    let drain: NodeJS.Timeout | undefined;
    child.once("error", (startError) => {
      if (child.pid === undefined) finish({ code: null, signal: null, startError });
    });
    child.once("exit", () => {
      // Something the child started may still hold its pipes: its output is not awaited.
      drain = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 500);
    });
    child.once("close", (code, signal) => {
      clearTimeout(drain);
      if (child.pid !== undefined) finish({ code, signal });
    });
  });
  return { ended, stop, stuck };
}
