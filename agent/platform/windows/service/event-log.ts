/** The event log of Windows: the few entries of the log that have an id there go to it as well. */
import { formatEntry } from "../../../../host/log/entry.ts";
import type { Log, LogFields } from "../../../../host/log.ts";

/** How much an event matters. */
export type EventKind = "information" | "warning" | "error";

/** What Windows offers (native/event-log.ts). */
export interface EventLog {
  /** Adds an event; whether Windows took it. Never throws. */
  report(kind: EventKind, id: number, text: string): boolean;
}

/** The source that the events name; the installer registers it. */
export const eventSource = "Vouchsafe";

/** ReportEventW takes 31,839 characters; a page of them is enough to read. */
const maxTextLength = 4_000;

/** One line of bounded length. A `%` before what the viewer would take for an insertion gets a space. */
export function eventText(message: string, fields: LogFields): string {
  const text = formatEntry(message, fields).replaceAll(/%(?=[%!\d])/g, "% ");
  return text.slice(0, maxTextLength);
}

/** Tells one message, if it has an id. */
export function tellEvent(
  events: EventLog,
  ids: Readonly<Record<string, number>>,
  kind: EventKind,
  message: string,
  fields: LogFields = {},
): void {
  const id = Object.hasOwn(ids, message) ? ids[message] : undefined;
  if (id !== undefined) events.report(kind, id, eventText(message, fields));
}

/** A log whose messages with an id become events, too, whatever its level is. */
export function withEvents(log: Log, events: EventLog, ids: Readonly<Record<string, number>>): Log {
  const both =
    (level: "info" | "warn" | "error", kind: EventKind) =>
    (message: string, fields?: LogFields): void => {
      log[level](message, fields);
      tellEvent(events, ids, kind, message, fields);
    };
  return {
    ...log,
    info: both("info", "information"),
    warn: both("warn", "warning"),
    error: both("error", "error"),
  };
}
