/**
 * What a log entry says: a field whose name sounds like a secret is never written, values are
 * bounded, and one entry is always one line.
 */
import type { LogFields } from "../log.ts";

const secretName = /pass(word|phrase)|secret|token|seed|private|authorization|credential|cookie/i;
const maxFieldLength = 2000;
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

/** Text without what would start a line or steer a terminal, as a server may have put into it. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** One entry as one line of text: the message, then `name=value`. */
export function formatEntry(message: string, fields: LogFields): string {
  return oneLine([message, ...Object.entries(safeFields(fields)).map(textField)].join(" "));
}
