/**
 * One entry in the fields of the journal (systemd.journal-fields(7)), as `logger --journald` reads
 * them: a line for each, name=value. Pure.
 */
import type { LogFields, LogLevel } from "../log.ts";
import { formatEntry, oneLine, safeFields } from "./entry.ts";
import { priorities } from "./lines.ts";

/** Who writes. */
export interface JournalSource {
  /** SYSLOG_IDENTIFIER: what `journalctl -t` selects. */
  readonly identifier: string;
  readonly pid: number;
  /** MESSAGE_ID of messages that others may wait for, by message. */
  readonly messageIds: Readonly<Record<string, string>>;
}

const daemonFacility = 3;
const maxFields = 32;

/** `nextCheckAt` as `VOUCHSAFE_NEXT_CHECK_AT`; undefined for what cannot be a field's name. */
function fieldName(name: string): string | undefined {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
  const named = name === "to" ? "RELEASE" : words;
  return /^[A-Z][A-Z0-9_]{0,40}$/.test(named) ? `VOUCHSAFE_${named}` : undefined;
}

/** The lines of an entry. `to`, the release that an update leads to, is VOUCHSAFE_RELEASE. */
export function journalEntry(
  { identifier, pid, messageIds }: JournalSource,
  level: LogLevel,
  message: string,
  fields: LogFields,
): string {
  const id = Object.hasOwn(messageIds, message) ? messageIds[message] : undefined;
  const lines = [
    `MESSAGE=${formatEntry(message, fields)}`,
    `PRIORITY=${priorities[level]}`,
    `SYSLOG_FACILITY=${daemonFacility}`,
    `SYSLOG_IDENTIFIER=${identifier}`,
    `SYSLOG_PID=${pid}`,
    ...(id === undefined ? [] : [`MESSAGE_ID=${id}`]),
  ];
  for (const [name, value] of Object.entries(safeFields(fields)).slice(0, maxFields)) {
    const field = fieldName(name);
    if (field !== undefined) lines.push(`${field}=${oneLine(String(value))}`);
  }
  return `${lines.join("\n")}\n`;
}
