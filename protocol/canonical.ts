/**
 * Canonical JSON as TUF uses it (the OLPC form): keys sorted by code point, no white space,
 * integers only, and in strings only `"` and `\` escaped. What is signed is these bytes.
 */
import { VouchsafeError } from "./errors.ts";
import { isArray, type JsonObject, type JsonValue } from "./json.ts";

const maxDepth = 64;
const control = /[\u0000-\u001f]/;
const surrogate = /[\ud800-\udfff]/;

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)); // UTF-8 sorts as code points do
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

/** As {@link quote}, but as JSON wants it: control characters are escaped too. */
function quoteForFile(text: string): string {
  const quoted = quote(text);
  return control.test(text) ? JSON.stringify(text) : quoted;
}

type Quote = (text: string) => string;

function encode(value: JsonValue, depth: number, quoted: Quote): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return String(value);
    throw new VouchsafeError("trust.format", "A number is not a whole number of safe size.");
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (depth >= maxDepth) {
    throw new VouchsafeError("trust.format", `The document nests deeper than ${maxDepth}.`);
  }
  if (isArray(value)) return `[${value.map((item) => encode(item, depth + 1, quoted)).join(",")}]`;
  const pairs = sortedKeys(value).map(
    (key) => `${quoted(key)}:${encode(value[key] ?? null, depth + 1, quoted)}`,
  );
  return `{${pairs.join(",")}}`;
}

/**
 * The canonical text of a JSON value.
 *
 * @throws VouchsafeError `trust.format` on fractions, unsafe integers, half surrogate pairs and
 *   nesting deeper than 64
 */
export function canonicalText(value: JsonValue): string {
  return encode(value, 0, quote);
}

/**
 * The canonical text with control characters escaped, as a file needs it to be JSON: in the
 * canonical form they stand bare, such as the line ends of a PEM key. Throws as
 * {@link canonicalText}.
 */
export function fileText(value: JsonValue): string {
  return encode(value, 0, quoteForFile);
}

/** The canonical form as UTF-8 bytes; throws as {@link canonicalText}. */
export function canonicalBytes(value: JsonValue): Buffer {
  return Buffer.from(canonicalText(value));
}
