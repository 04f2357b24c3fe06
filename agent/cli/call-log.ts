/** Logs of one call: to a person's terminal, or as events for the service. */
import type { Output } from "../../host/cli/output.ts";
import { formatEntry, safeFields } from "../../host/log/entry.ts";
import type { Log, LogFields, LogLevel } from "../../host/log.ts";

type Write = (level: LogLevel, message: string, fields: LogFields) => void;

function logOver(write: Write): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      write(level, message, fields);
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    close: async () => undefined,
  };
}

/** Tells a person: warnings always, the rest with --verbose. */
export function terminalLog(out: Output): Log {
  return logOver((level, message, fields) => {
    const text = formatEntry(message, fields);
    if (level === "warn" || level === "error") out.warn(text);
    else out.detail(text);
  });
}

/** Tells the service: each entry is a `log` event. */
export function eventLog(emit: (event: object) => void): Log {
  return logOver((level, message, fields) => {
    emit({ event: "log", level, message, fields: safeFields(fields) });
  });
}
