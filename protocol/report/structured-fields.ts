/**
 * The part of Structured Fields (RFC 8941) that signatures need: dictionaries of inner lists, byte
 * sequences and bare items with parameters. One pass, no backtracking, every count bounded.
 */
import { VouchsafeError } from "../errors.ts";
import { reportLimits } from "./limits.ts";

/** A bare item. Tokens keep a kind of their own so that they are never taken for strings. */
export type BareItem =
  | { readonly kind: "integer"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "token"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "boolean"; readonly value: boolean };

/** Parameters in their order. */
export type Parameters = ReadonlyMap<string, BareItem>;

/** An item or an inner list of items, with parameters. */
export type Member =
  | { readonly kind: "item"; readonly item: BareItem; readonly parameters: Parameters }
  | { readonly kind: "list"; readonly items: readonly Item[]; readonly parameters: Parameters };

interface Item {
  readonly item: BareItem;
  readonly parameters: Parameters;
}

interface Cursor {
  readonly text: string;
  at: number;
}

const keyForm = /[a-z*][a-z0-9_.*-]*/y;
const integerForm = /-?[0-9]{1,15}(?![0-9.])/y;
const tokenForm = /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y;
const bytesForm = /:((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?):/y;
const stringForm = /"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;

function fail(reason: string): never {
  throw new VouchsafeError("report.refused", `A structured field is malformed: ${reason}.`);
}

function take(cursor: Cursor, form: RegExp): RegExpExecArray | undefined {
  form.lastIndex = cursor.at;
  const match = form.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = form.lastIndex;
  return match;
}

function takeChar(cursor: Cursor, char: string): boolean {
  if (cursor.text[cursor.at] !== char) return false;
  cursor.at += 1;
  return true;
}

function skip(cursor: Cursor, chars: string): void {
  while (cursor.at < cursor.text.length && chars.includes(cursor.text[cursor.at] ?? "")) {
    cursor.at += 1;
  }
}

/** RFC 8941 §4.2.3.1; decimals are left out, nothing here carries one. */
function parseBareItem(cursor: Cursor): BareItem {
  const integer = take(cursor, integerForm);
  if (integer !== undefined) return { kind: "integer", value: Number(integer[0]) };
  const string = take(cursor, stringForm);
  if (string !== undefined) {
    return { kind: "string", value: (string[1] ?? "").replace(/\\(["\\])/g, "$1") };
  }
  const bytes = take(cursor, bytesForm);
  if (bytes !== undefined) return { kind: "bytes", value: Buffer.from(bytes[1] ?? "", "base64") };
  const token = take(cursor, tokenForm);
  if (token !== undefined) return { kind: "token", value: token[0] };
  if (takeChar(cursor, "?")) {
    if (takeChar(cursor, "1")) return { kind: "boolean", value: true };
    if (takeChar(cursor, "0")) return { kind: "boolean", value: false };
  }
  return fail("an item is not understood");
}

function parseKey(cursor: Cursor): string {
  return take(cursor, keyForm)?.[0] ?? fail("a key is missing");
}

/** RFC 8941 §4.2.3.2; a key given twice is refused where the RFC lets the last one win. */
function parseParameters(cursor: Cursor): Parameters {
  const parameters = new Map<string, BareItem>();
  while (takeChar(cursor, ";")) {
    skip(cursor, " ");
    const key = parseKey(cursor);
    if (parameters.has(key)) fail("a parameter is given twice");
    if (parameters.size >= reportLimits.fieldMembers) fail("too many parameters");
    parameters.set(
      key,
      takeChar(cursor, "=") ? parseBareItem(cursor) : { kind: "boolean", value: true },
    );
  }
  return parameters;
}

/** RFC 8941 §4.2.1.2. */
function parseInnerList(cursor: Cursor): readonly Item[] {
  const items: Item[] = [];
  for (;;) {
    skip(cursor, " ");
    if (takeChar(cursor, ")")) return items;
    if (items.length >= reportLimits.fieldMembers) fail("an inner list is too long");
    const item = parseBareItem(cursor);
    items.push({ item, parameters: parseParameters(cursor) });
    const next = cursor.text[cursor.at];
    if (next !== " " && next !== ")") fail("an inner list does not end");
  }
}

function parseMember(cursor: Cursor): Member {
  if (takeChar(cursor, "(")) {
    const items = parseInnerList(cursor);
    return { kind: "list", items, parameters: parseParameters(cursor) };
  }
  const item = parseBareItem(cursor);
  return { kind: "item", item, parameters: parseParameters(cursor) };
}

/**
 * Parses a dictionary (RFC 8941 §4.2.2) of at most 2,048 bytes and 16 members, in linear time.
 *
 * @throws VouchsafeError `report.refused` when it is malformed, too long, or has a key twice
 */
export function parseDictionary(text: string): ReadonlyMap<string, Member> {
  if (text.length > reportLimits.fieldBytes) fail("it is too long");
  const cursor: Cursor = { text, at: 0 };
  const members = new Map<string, Member>();
  skip(cursor, " ");
  while (cursor.at < text.length) {
    const key = parseKey(cursor);
    if (members.has(key)) fail("a member is given twice");
    if (members.size >= reportLimits.fieldMembers) fail("too many members");
    if (!takeChar(cursor, "=")) fail("a member has no value");
    members.set(key, parseMember(cursor));
    skip(cursor, " \t");
    if (cursor.at === text.length) break;
    if (!takeChar(cursor, ",")) fail("members are not separated");
    skip(cursor, " \t");
    if (cursor.at === text.length) fail("it ends with a comma");
  }
  return members;
}

/** A bare item as text (RFC 8941 §4.1.3.1). */
export function serializeItem(item: BareItem): string {
  if (item.kind === "string") return `"${item.value.replace(/["\\]/g, "\\$&")}"`;
  if (item.kind === "bytes") return `:${Buffer.from(item.value).toString("base64")}:`;
  if (item.kind === "boolean") return item.value ? "?1" : "?0";
  return String(item.value);
}

/** Parameters as text (RFC 8941 §4.1.1.2). */
export function serializeParameters(parameters: Parameters): string {
  let text = "";
  for (const [key, item] of parameters) {
    const bare = item.kind === "boolean" && item.value;
    text += bare ? `;${key}` : `;${key}=${serializeItem(item)}`;
  }
  return text;
}
