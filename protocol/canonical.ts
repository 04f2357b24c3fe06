/**
 * Canonical JSON as TUF uses it (the OLPC form): keys sorted by code point, no white space,
 * integers only, and in strings only `"` and `\` escaped. What is signed is these bytes.
 */
import { VouchsafeError } from "./errors.ts";
import { isArray, type JsonObject, type JsonValue } from "./json.ts";

const maxDepth = 64;
const surrogate = /[\ud800-\udfff]/;

/** A UTF-16 unit moved so that units compare as the code points do that they are part of. */
function rank(unit: number): number {
  if (unit < 0xd8_00) return unit;
  return unit < 0xe0_00 ? unit + 0x20_00 : unit - 0x8_00;
}

function byCodePoint(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function sortedKeys(object: JsonObject): string[] {
  const keys = Object.keys(object);
  return keys.some((key) => surrogate.test(key)) ? keys.toSorted(byCodePoint) : keys.toSorted();
}

function quote(text: string): string {
  if (!text.isWellFormed()) {
    throw new VouchsafeError("trust.format", "A string holds half a character.");
  }
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : `"${text}"`;
}

function encode(value: JsonValue, depth: number): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return String(value);
    throw new VouchsafeError("trust.format", "A number is not a whole number of safe size.");
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (depth >= maxDepth) {
    throw new VouchsafeError("trust.format", `The document nests deeper than ${maxDepth}.`);
  }
  let text = "";
  if (isArray(value)) {
    for (const item of value) text += `${text === "" ? "" : ","}${encode(item, depth + 1)}`;
    return `[${text}]`;
  }
  for (const key of sortedKeys(value)) {
    text += `${text === "" ? "" : ","}${quote(key)}:${encode(value[key] ?? null, depth + 1)}`;
  }
  return `{${text}}`;
}

/** Whether all keys stand in order (by UTF-16 unit), and numbers and depth are allowed. */
function isOrdered(value: JsonValue | undefined, depth: number): boolean {
  if (typeof value === "number") return Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return value !== undefined;
  if (depth >= maxDepth) return false;
  if (isArray(value)) return value.every((item) => isOrdered(item, depth + 1));
  let last: string | undefined;
  for (const key in value) {
    if (last !== undefined && last > key) return false;
    if (!isOrdered(value[key], depth + 1)) return false;
    last = key;
  }
  return true;
}

/** Whether every escape in a JSON text is one that the canonical form has too. */
function escapesAlike(text: string): boolean {
  for (let at = text.indexOf("\\"); at >= 0; at = text.indexOf("\\", at + 2)) {
    const escaped = text[at + 1];
    if (escaped !== '"' && escaped !== "\\") return false;
  }
  return true;
}

/**
 * The same by the runtime's own serialiser, which is several times as fast, where it gives the
 * same: keys in order already, no character that it escapes and we don't, no surrogates.
 */
function encodeOrdered(value: JsonValue): string | undefined {
  if (!isOrdered(value, 0)) return undefined;
  const text = JSON.stringify(value);
  return escapesAlike(text) && !surrogate.test(text) ? text : undefined;
}

/**
 * The canonical text of a JSON value.
 *
 * @throws VouchsafeError `trust.format` on fractions, unsafe integers, half surrogate pairs and
 *   nesting deeper than 64
 */
export function canonicalText(value: JsonValue): string {
  return encodeOrdered(value) ?? encode(value, 0);
}

const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/**
 * The canonical text with control characters escaped, as a file needs it to be JSON: in the
 * canonical form they stand bare (and only in strings), such as the line ends of a PEM key. Throws
 * as {@link canonicalText}.
 */
export function fileText(value: JsonValue): string {
  return canonicalText(value).replace(/[\u0000-\u001f]/g, escaped);
}

/** The canonical form as UTF-8 bytes; throws as {@link canonicalText}. */
export function canonicalBytes(value: JsonValue): Buffer {
  return Buffer.from(canonicalText(value));
}
