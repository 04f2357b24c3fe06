/** Entries as lines of text on a stream: with time and level, or with a priority for the journal. */
import type { LogLevel, LogSink } from "../log.ts";
import { formatEntry } from "./entry.ts";

/** syslog(3) priorities; the journal reads them from a line's `<N>` (sd-daemon(3)). */
export const priorities: Readonly<Record<LogLevel, number>> = {
  debug: 7,
  info: 6,
  warn: 4,
  error: 3,
};

/** How long closing waits for a stream that takes nothing, in milliseconds. */
const closeMs = 2000;

function flushed(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, closeMs);
    stream.write("", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Writes lines; a stream that takes none any more, on a full disk, is no error. */
export function lineSink(style: "journal" | "stderr", stream: NodeJS.WritableStream): LogSink {
  const ignore = (): void => undefined;
  stream.on("error", ignore);
  return {
    write(level, message, fields) {
      const start =
        style === "journal" ? `<${priorities[level]}>` : `${new Date().toISOString()} ${level} `;
      stream.write(`${start}${formatEntry(message, fields)}\n`);
    },
    async close() {
      await flushed(stream);
      stream.off("error", ignore);
    },
  };
}
