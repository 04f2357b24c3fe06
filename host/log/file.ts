/**
 * Entries as documents of JSON, one a line, in files that winston rotates. A file that cannot be
 * written (a full disk) ends nothing: entries are dropped and counted, and it is opened again.
 */
import { close, open, write, writev } from "node:fs";
import { createLogger, format, type Logger, transports } from "winston";
import { diskError } from "../disk-error.ts";
import { nodeFileSystem } from "../file-system.ts";
import type { LogFields, LogFile, LogLevel, LogSink } from "../log.ts";
import { safeFields } from "./entry.ts";

const logFileMode = 0o640;

/** How long closing waits for a log that cannot be written, in milliseconds. */
const closeMs = 2000;

/** Until a file that could not be written is tried again, in milliseconds. */
export const reopenMs = 10_000;

/** Told now, in words: the transport would only emit an error later, or look for ever. */
async function checkWritable(path: string): Promise<void> {
  try {
    const file = await nodeFileSystem.open(path, "a", logFileMode);
    await file.close();
  } catch (error) {
    throw diskError("write the log", path, error);
  }
}

interface OpenFile {
  readonly logger: Logger;
  /** Resolves when all was written that was logged. */
  close(): Promise<void>;
}

/** What a stream of a file calls; winston is silent about what fails there. */
function tellingOf(onError: () => void) {
  type Done = (error: NodeJS.ErrnoException | null, written: number) => void;
  const telling =
    (done: Done): Done =>
    (error, written) => {
      if (error !== null) onError();
      done(error, written);
    };
  return {
    open,
    close,
    write: (fd: number, bytes: Uint8Array, from: number, length: number, at: number, done: Done) =>
      write(fd, bytes, from, length, at, telling(done)),
    writev: (fd: number, parts: readonly Uint8Array[], at: number, done: Done) =>
      writev(fd, parts, at, telling(done)),
  };
}

function openFile({ file, maxBytes, maxFiles }: LogFile, onError: () => void): OpenFile {
  const transport = new transports.File({
    filename: file,
    maxsize: maxBytes,
    maxFiles,
    tailable: true,
    options: { flags: "a", mode: logFileMode, fs: tellingOf(onError) },
  });
  const logger = createLogger({
    level: "debug",
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format.printf(({ level, message, fields }) => {
      const given = typeof fields === "object" && fields !== null ? { ...fields } : {};
      const time = new Date().toISOString();
      return JSON.stringify({ time, level, message: String(message), ...safeFields(given) });
    }),
    transports: [transport],
  });
  for (const source of [transport, logger]) source.on("error", onError);
  return {
    logger,
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, closeMs);
        transport.once("finish", () => {
          clearTimeout(timer);
          resolve();
        });
        logger.end();
      }),
  };
}

/**
 * Opens the file.
 *
 * @param monotonicMs milliseconds since an arbitrary moment
 * @throws VouchsafeError disk.* if it cannot be written
 */
export async function fileSink(
  target: LogFile,
  monotonicMs: () => number = () => performance.now(),
): Promise<LogSink> {
  await checkWritable(target.file);
  let brokenAtMs: number | undefined;
  let lost = 0;
  const onError = (): void => {
    brokenAtMs = monotonicMs();
  };
  let opened = openFile(target, onError);

  /** Whether an entry can be written; opens the file again when it is time. */
  function usable(): boolean {
    if (brokenAtMs === undefined) return true;
    if (monotonicMs() - brokenAtMs < reopenMs) return false;
    void opened.close();
    brokenAtMs = undefined;
    opened = openFile(target, onError);
    log("warn", "log entries could not be written", { lost });
    lost = 0;
    return true;
  }
  function log(level: LogLevel, message: string, fields: LogFields): void {
    opened.logger.log({ level, message, fields });
  }
  return {
    write(level, message, fields) {
      if (usable()) log(level, message, fields);
      else lost += 1;
    },
    close: () => (brokenAtMs === undefined ? opened.close() : Promise.resolve()),
  };
}
