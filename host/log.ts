/**
 * The log: winston behind a small interface, loaded only when a log is made. A field whose name
 * sounds like a secret is never written, and one entry is always one line.
 */
import process from "node:process";
import type { Logger, transport } from "winston";
import { diskError } from "./disk-error.ts";
import { nodeFileSystem } from "./file-system.ts";

/** Levels, from the most to the least telling. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What accompanies a message; an Error is written as its message and code. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the programs tell what they do. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Writes what is pending. */
  close(): Promise<void>;
}

/** A file that is rotated: at most `maxFiles` files of about `maxBytes` each. */
export interface LogFile {
  readonly file: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** What a log is made from. `stderr` defaults to the process's own. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly target: "journal" | "stderr" | LogFile;
  readonly stderr?: NodeJS.WritableStream;
}

/** A log that nobody reads. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  close: async () => undefined,
};

/** syslog(3) priorities; the journal reads them from a line's `<N>` (sd-daemon(3)). */
const priorities: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3 };
const secretName = /pass(word|phrase)|secret|token|seed|private|authorization|credential|cookie/i;
const maxFieldLength = 2000;
const logFileMode = 0o640;

/** How long closing waits for a log that cannot be written, in milliseconds. */
const closeMs = 2000;

function hideSecret(name: string, value: unknown): unknown {
  if (name !== "" && secretName.test(name)) return "[hidden]";
  return typeof value === "bigint" ? String(value) : value;
}

function compactJson(value: object): string {
  try {
    return JSON.stringify(value, hideSecret).slice(0, maxFieldLength);
  } catch {
    return "[not printable]";
  }
}

function plainField(name: string, value: unknown): unknown {
  if (secretName.test(name)) return "[hidden]";
  if (value instanceof Error) {
    return "code" in value ? `${String(value.code)}: ${value.message}` : value.message;
  }
  if (typeof value === "object" && value !== null) return compactJson(value);
  return typeof value === "string" ? value.slice(0, maxFieldLength) : value;
}

/** Fields as they may be written: no secrets, no long values, errors in words. */
export function safeFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, plainField(name, value)]),
  );
}

function textField([name, value]: readonly [string, unknown]): string {
  const text = String(value);
  return `${name}=${/^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text)}`;
}

/** One entry as one line of text: the message, then `name=value`. */
export function formatEntry(message: string, fields: LogFields): string {
  const parts = [message, ...Object.entries(safeFields(fields)).map(textField)];
  // Whatever a server put into a message must not start a line, or steer a terminal.
  return parts.join(" ").replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function lineOf(target: LogOptions["target"], level: string, message: string, fields: LogFields) {
  if (typeof target === "object") {
    const time = new Date().toISOString();
    return JSON.stringify({ time, level, message, ...safeFields(fields) });
  }
  const text = formatEntry(message, fields);
  if (target === "journal") return `<${priorities[level] ?? 6}>${text}`;
  return `${new Date().toISOString()} ${level} ${text}`;
}

/** Told now, in words: the transport would only emit an error later, or look for ever. */
async function checkWritable(path: string): Promise<void> {
  try {
    const file = await nodeFileSystem.open(path, "a", logFileMode);
    await file.close();
  } catch (error) {
    throw diskError("write the log", path, error);
  }
}

async function makeTransport(options: LogOptions): Promise<transport> {
  const { transports } = await import("winston");
  const { target } = options;
  if (typeof target !== "object") {
    return new transports.Stream({ stream: options.stderr ?? process.stderr, eol: "\n" });
  }
  await checkWritable(target.file);
  return new transports.File({
    filename: target.file,
    maxsize: target.maxBytes,
    maxFiles: target.maxFiles,
    tailable: true,
    options: { flags: "a", mode: logFileMode },
  });
}

function closeLogger(logger: Logger, sink: transport): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, closeMs);
    sink.once("finish", () => {
      clearTimeout(timer);
      resolve();
    });
    logger.end();
  });
}

/**
 * Makes a log. Loads winston.
 * @throws VouchsafeError disk.* if its file cannot be written
 */
export async function createLog(options: LogOptions): Promise<Log> {
  const { createLogger, format } = await import("winston");
  const sink = await makeTransport(options);
  const logger = createLogger({
    level: options.level,
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format.printf(({ level, message, fields }) => {
      const given = typeof fields === "object" && fields !== null ? { ...fields } : {};
      return lineOf(options.target, level, String(message), given);
    }),
    transports: [sink],
  });
  // A full disk or a closed pipe must not end the program that only wanted to tell something.
  sink.on("error", () => undefined);
  logger.on("error", () => undefined);
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      logger.log({ level, message, fields });
    };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    close: () => closeLogger(logger, sink),
  };
}
