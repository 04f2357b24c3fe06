/** Entries as documents of JSON, one a line, in files that winston rotates. */
import { createLogger, format, type Logger, type transport, transports } from "winston";
import { diskError } from "../disk-error.ts";
import { nodeFileSystem } from "../file-system.ts";
import type { LogFile, LogSink } from "../log.ts";
import { safeFields } from "./entry.ts";

const logFileMode = 0o640;

/** How long closing waits for a log that cannot be written, in milliseconds. */
const closeMs = 2000;

/** Told now, in words: the transport would only emit an error later, or look for ever. */
async function checkWritable(path: string): Promise<void> {
  try {
    const file = await nodeFileSystem.open(path, "a", logFileMode);
    await file.close();
  } catch (error) {
    throw diskError("write the log", path, error);
  }
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
 * Opens the file.
 * @throws VouchsafeError disk.* if it cannot be written
 */
export async function fileSink({ file, maxBytes, maxFiles }: LogFile): Promise<LogSink> {
  await checkWritable(file);
  const sink = new transports.File({
    filename: file,
    maxsize: maxBytes,
    maxFiles,
    tailable: true,
    options: { flags: "a", mode: logFileMode },
  });
  const logger = createLogger({
    level: "debug",
    levels: { error: 0, warn: 1, info: 2, debug: 3 },
    format: format.printf(({ level, message, fields }) => {
      const given = typeof fields === "object" && fields !== null ? { ...fields } : {};
      const time = new Date().toISOString();
      return JSON.stringify({ time, level, message: String(message), ...safeFields(given) });
    }),
    transports: [sink],
  });
  // A full disk must not end the program that only wanted to tell something.
  sink.on("error", () => undefined);
  logger.on("error", () => undefined);
  return {
    write: (level, message, fields) => void logger.log({ level, message, fields }),
    close: () => closeLogger(logger, sink),
  };
}
