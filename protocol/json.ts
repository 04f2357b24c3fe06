/** JSON from hostile bytes: bounded, UTF-8 only, and typed as what it is, not as what we hope. */
import { isAscii, isUtf8 } from "node:buffer";
import { VouchsafeError } from "./errors.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** An object of JSON. `__proto__` and the like are ordinary own keys in it. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** The text of UTF-8 bytes; most metadata is ASCII, which need not be decoded. */
function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString("latin1");
  if (isUtf8(buffer)) return buffer.toString("utf8");
  throw new TypeError("not UTF-8");
}

function isJson(value: unknown): value is JsonValue {
  return value !== undefined; // only ever given what JSON.parse returned
}

/** Whether a JSON value is an object (neither array nor null). */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a JSON value is an array. */
export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The object's own value under that key, whatever its prototype holds. */
export function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A JSON object from pairs; safe for any key, `__proto__` too. */
export function jsonObject(pairs: Iterable<readonly [string, JsonValue]>): JsonObject {
  return Object.fromEntries(pairs);
}

/**
 * Parses JSON text of at most `maxBytes` bytes.
 *
 * @throws VouchsafeError `trust.format` when it is too long, not UTF-8 or not JSON
 */
export function parseJson(bytes: Uint8Array, maxBytes: number): JsonValue {
  if (bytes.length > maxBytes) {
    throw new VouchsafeError("trust.format", `The document is longer than ${maxBytes} bytes.`);
  }
  try {
    const value: unknown = JSON.parse(textOf(bytes));
    if (isJson(value)) return value;
  } catch (cause) {
    throw new VouchsafeError("trust.format", "The document is not JSON in UTF-8.", { cause });
  }
  throw new VouchsafeError("trust.format", "The document is empty.");
}
