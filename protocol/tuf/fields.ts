/**
 * Readers for single fields of metadata. Each takes the value and where it stands, and returns it
 * typed or throws `trust.format` with one sentence.
 */
import { VouchsafeError } from "../errors.ts";
import { isArray, isObject, type JsonObject, type JsonValue, own } from "../json.ts";
import { limits } from "./limits.ts";

/** A format error at a place in a document. */
export function formatError(where: string, what: string): VouchsafeError {
  return new VouchsafeError("trust.format", `${where} ${what}.`);
}

export function objectAt(value: JsonValue | undefined, where: string): JsonObject {
  if (isObject(value)) return value;
  throw formatError(where, "is not an object");
}

export function arrayAt(
  value: JsonValue | undefined,
  where: string,
  max: number,
): readonly JsonValue[] {
  if (!isArray(value)) throw formatError(where, "is not a list");
  if (value.length > max) throw formatError(where, `has more than ${max} entries`);
  return value;
}

export function stringAt(
  value: JsonValue | undefined,
  where: string,
  max: number = limits.nameLength,
): string {
  if (typeof value !== "string") throw formatError(where, "is not a string");
  if (value.length > max) throw formatError(where, `is longer than ${max} characters`);
  return value;
}

export function booleanAt(value: JsonValue | undefined, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw formatError(where, "is not true or false");
}

/** A whole number of at least `min`. */
export function integerAt(value: JsonValue | undefined, where: string, min: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
  throw formatError(where, `is not a whole number of at least ${min}`);
}

const utcForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/** A moment in the one form TUF allows (TUF 4.1), which must exist in the calendar. */
export function utcAt(value: JsonValue | undefined, where: string): string {
  const text = stringAt(value, where, 20);
  const milliseconds = utcForm.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds) || formatUtc(milliseconds) !== text) {
    throw formatError(where, "is not a moment of the form YYYY-MM-DDTHH:MM:SSZ");
  }
  return text;
}

/** The form of TUF 4.1 for a moment in milliseconds since 1970; parts of a second are dropped. */
export function formatUtc(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** The fields of an object that are not among the named ones. */
export function extraFields(object: JsonObject, named: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !named.includes(name)));
}

/** A field that must not be absent. */
export function required(object: JsonObject, name: string, where: string): JsonValue {
  const value = own(object, name);
  if (value === undefined) throw formatError(where, `lacks "${name}"`);
  return value;
}
