/**
 * The log: one interface for the four programs. Where it goes decides what is loaded: lines on
 * standard error need nothing, the journal a program of util-linux, rotated files winston.
 */
import process from "node:process";
import type { JournalOptions } from "./log/journal.ts";
import { lineSink } from "./log/lines.ts";

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
  /** Given where standard error is the journal: then entries have fields there too. */
  readonly journal?: JournalOptions;
}

/** Where entries go that are to be written. */
export interface LogSink {
  write(level: LogLevel, message: string, fields: LogFields): void;
  close(): Promise<void>;
}

/** A log that nobody reads. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  close: async () => undefined,
};

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

async function openSink({ target, stderr, journal }: LogOptions): Promise<LogSink> {
  if (typeof target === "object") {
    const { fileSink } = await import("./log/file.ts");
    return fileSink(target);
  }
  const lines = lineSink(target, stderr ?? process.stderr);
  if (target === "stderr" || journal === undefined) return lines;
  const { journalSink } = await import("./log/journal.ts");
  return journalSink(journal, lines);
}

/**
 * Makes a log.
 * @throws VouchsafeError disk.* if its file cannot be written
 */
export async function createLog(options: LogOptions): Promise<Log> {
  const sink = await openSink(options);
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (ranks[level] >= ranks[options.level]) sink.write(level, message, fields);
    };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    close: () => sink.close(),
  };
}
