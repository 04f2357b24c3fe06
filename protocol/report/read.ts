/** Reads bounded values out of a document that somebody else wrote; each refusal names its key. */
import { VouchsafeError } from "../errors.ts";
import { isArray, isObject, type JsonObject, type JsonValue, own, parseJson } from "../json.ts";

const controls = /[\p{Cc}\p{Bidi_Control}]/u;
const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/;

function refuse(key: string, demand: string): never {
  throw new VouchsafeError("usage.input", `The document's "${key}" must be ${demand}.`);
}

/**
 * Parses a JSON object with `format: 1`.
 *
 * @throws VouchsafeError `usage.input` when it is too long, not JSON or not an object;
 *   `format.newer` when its format is above 1
 */
export function readDocument(bytes: Uint8Array, maxBytes: number, what: string): JsonObject {
  let value: JsonValue;
  try {
    value = parseJson(bytes, maxBytes);
  } catch (cause) {
    throw new VouchsafeError("usage.input", `The ${what} is not JSON of acceptable size.`, {
      cause,
    });
  }
  if (!isObject(value)) throw new VouchsafeError("usage.input", `The ${what} is not an object.`);
  const format = own(value, "format");
  if (typeof format === "number" && format > 1) {
    throw new VouchsafeError(
      "format.newer",
      `The ${what} has format ${format}; this program knows 1.`,
    );
  }
  if (format !== 1) refuse("format", "1");
  return value;
}

/** A text of 1 to `max` characters without control or direction-changing characters. */
export function readText(object: JsonObject, key: string, max: number): string {
  const value = own(object, key);
  if (typeof value !== "string" || value.length === 0 || value.length > max) {
    return refuse(key, `a text of 1 to ${max} characters`);
  }
  if (!value.isWellFormed() || controls.test(value)) {
    return refuse(key, "a text without control characters");
  }
  return value;
}

/** A text over several lines: line feeds are allowed, other control characters are not. */
export function readLines(object: JsonObject, key: string, max: number): string {
  const value = own(object, key);
  if (typeof value !== "string" || value.length === 0 || value.length > max) {
    return refuse(key, `a text of 1 to ${max} characters`);
  }
  if (!value.isWellFormed() || controls.test(value.replaceAll("\n", ""))) {
    return refuse(key, "lines without control characters");
  }
  return value;
}

/** A text that the predicate accepts. */
export function readForm<T extends string>(
  object: JsonObject,
  key: string,
  accepts: (text: string) => text is T,
  demand: string,
): T {
  const value = own(object, key);
  return typeof value === "string" && accepts(value) ? value : refuse(key, demand);
}

/** One of a closed set of texts. */
export function readChoice<T extends string>(
  object: JsonObject,
  key: string,
  choices: readonly T[],
): T {
  const value = own(object, key);
  const choice = choices.find((candidate) => candidate === value);
  return choice ?? refuse(key, `one of ${choices.join(", ")}`);
}

/** A whole number within bounds. */
export function readInteger(object: JsonObject, key: string, min: number, max: number): number {
  const value = own(object, key);
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max) {
    return refuse(key, `a whole number from ${min} to ${max}`);
  }
  return value;
}

/** A moment in UTC, `2026-11-24T09:00:00Z`, as it is written. */
export function readTime(object: JsonObject, key: string): string {
  const value = own(object, key);
  if (typeof value !== "string" || !timeForm.test(value) || Number.isNaN(Date.parse(value))) {
    return refuse(key, "a moment in UTC (2026-11-24T09:00:00Z)");
  }
  return value;
}

/** An object. */
export function readObject(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isObject(value) ? value : refuse(key, "an object");
}

/** A list of at most `max` objects, each read by `read`. */
export function readList<T>(
  object: JsonObject,
  key: string,
  max: number,
  read: (item: JsonObject) => T,
): readonly T[] {
  const value = own(object, key);
  if (value === undefined || !isArray(value) || value.length > max) {
    return refuse(key, `a list of at most ${max} items`);
  }
  return value.map((item) => (isObject(item) ? read(item) : refuse(key, "a list of objects")));
}

/** What `read` gives, or null when the value is null. */
export function orNull<T>(object: JsonObject, key: string, read: () => T): T | null {
  return own(object, key) === null ? null : read();
}

/** `{[key]: value}` when the key is present, else nothing: for optional properties. */
export function whenPresent<K extends string, T>(
  object: JsonObject,
  key: K,
  read: () => T,
): { readonly [P in K]?: T } {
  if (own(object, key) === undefined) return {};
  const result: { [P in K]?: T } = {};
  result[key] = read();
  return result;
}
