/** Carries out mutations: as hooks of the builder, and on the files that are served. */
import { isArray, isObject, type JsonObject, type JsonValue, own } from "../../../protocol/json.ts";
import type { Hooks } from "./build.ts";
import { applyEdit } from "./json-edits.ts";
import { strangerId, strangerSign } from "./keys.ts";
import { signatureTexts } from "./malleate.ts";
import type { Mutation, Place, SignatureChange, TextChange } from "./mutations.ts";
import { looseCanonical, tricked } from "./signing.ts";

function changeSignatures(envelope: JsonObject, change: SignatureChange, nth: number): JsonValue {
  const list = own(envelope, "signatures");
  const all = isArray(list) ? list : [];
  const at = nth % Math.max(1, all.length);
  const one = all[at];
  const entry: JsonObject = isObject(one) ? one : {};
  const sig = typeof entry["sig"] === "string" ? entry["sig"] : "";
  const others = all.filter((_item, index) => index !== at);
  const withList = (signatures: JsonValue) => ({ ...envelope, signatures });
  switch (change) {
    case "drop":
      return withList(others);
    case "drop all":
      return withList([]);
    case "double":
      return withList([...all, entry]);
    case "foreign": {
      const message = Buffer.from(looseCanonical(own(envelope, "signed") ?? null));
      return withList([{ keyid: strangerId, sig: strangerSign(message) }, ...others]);
    }
    case "swap ids": {
      const ids = all.map((item) => (isObject(item) ? (item["keyid"] ?? "") : "")).toReversed();
      return withList(
        all.map((item, index) => (isObject(item) ? { ...item, keyid: ids[index] ?? "" } : item)),
      );
    }
    case "prototype id":
      return withList([
        { keyid: "constructor", sig: "00" },
        { keyid: "__proto__", sig: "00" },
        ...all,
      ]);
    case "not an object":
      return withList([...all, "signature"]);
    case "add group order":
    case "negate s":
    case "upper case":
    case "trailing junk":
    case "odd length":
    case "empty":
    case "zeros":
    case "cut": {
      const made = signatureTexts[change]?.(sig) ?? sig;
      return withList(all.map((item, index) => (index === at ? { ...entry, sig: made } : item)));
    }
  }
}

function changeText(bytes: Buffer, change: TextChange, at: number, value: number): Buffer {
  // Counted from the end, where the signed part lies: signatures may differ in length.
  const place = Math.max(0, bytes.length - 1 - (at % Math.max(1, bytes.length)));
  const insert = (some: Buffer) =>
    Buffer.concat([bytes.subarray(0, place), some, bytes.subarray(place)]);
  switch (change) {
    case "flip": {
      const copy = Buffer.from(bytes);
      copy[place] = (copy[place] ?? 0) ^ (value || 1);
      return copy;
    }
    case "insert":
      return insert(Buffer.from([value]));
    case "delete":
      return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1)]);
    case "truncate":
      return bytes.subarray(0, place);
    case "byte order mark":
      return Buffer.concat([Buffer.from("\ufeff"), bytes]);
    case "trailing junk":
      return Buffer.concat([bytes, Buffer.from("{}")]);
    case "white space":
      return Buffer.from(` ${bytes.toString().replaceAll(":", " :\t")}\n\n`);
    case "key twice":
      return Buffer.from(bytes.toString().replace('"version":', '"version":99,"version":'));
    case "invalid UTF-8":
      return Buffer.from(bytes.toString("latin1").replace("{", '{"note":"\xff",'), "latin1");
    case "pad":
      return Buffer.concat([bytes, Buffer.alloc(20_000, 0x20)]);
  }
}

/** Which role a place means. */
export type Resolve = (place: Place) => string;

/** The mutations as hooks of the builder. */
export function hooksOf(mutations: readonly Mutation[], resolve: Resolve, now: number): Hooks {
  const at = (role: string) => mutations.filter(({ place }) => resolve(place) === role);
  const touched = mutations.flatMap(({ kind, place }) => {
    const role = resolve(place);
    const topLevel = role === "timestamp" || role === "snapshot" || role === "targets";
    return kind === "keys" && topLevel ? [role, "root"] : [role];
  });
  return {
    touched: new Set(touched),
    keys: (role, signing) =>
      at(role).reduce(
        (result, mutation) => (mutation.kind === "keys" ? tricked(result, mutation.trick) : result),
        signing,
      ),
    signed: (role, signed) =>
      at(role).reduce<JsonValue>(
        (result, one) =>
          one.kind === "edit" && one.signed ? applyEdit(result, one.edit, now) : result,
        signed,
      ),
    envelope: (role, envelope) =>
      at(role).reduce<JsonValue>((result, one) => {
        if (!isObject(result)) return result;
        if (one.kind === "signatures" && one.listed) {
          return changeSignatures(result, one.change, one.nth);
        }
        return one.kind === "edit" && !one.signed && one.listed
          ? applyEdit(result, one.edit, now)
          : result;
      }, envelope),
    bytes: (role, bytes) => {
      let listed = bytes;
      let sent = bytes;
      for (const one of at(role)) {
        const change = bytesChange(one, now);
        sent = change(sent);
        if ("listed" in one && one.listed) listed = sent;
      }
      return { listed, served: sent };
    },
  };
}

function bytesChange(one: Mutation, now: number): (bytes: Buffer) => Buffer {
  if (one.kind === "text") return (bytes) => changeText(bytes, one.change, one.at, one.value);
  const edited = (change: (document: JsonObject) => JsonValue) => (bytes: Buffer) => {
    const document = parsed(bytes);
    return isObject(document) ? Buffer.from(JSON.stringify(change(document))) : bytes;
  };
  if (one.kind === "edit" && !one.signed && !one.listed) {
    return edited((document) => applyEdit(document, one.edit, now));
  }
  if (one.kind === "signatures" && !one.listed) {
    return edited((document) => changeSignatures(document, one.change, one.nth));
  }
  return (bytes) => bytes;
}

function parsed(bytes: Buffer): JsonValue {
  try {
    const isJson = (value: unknown): value is JsonValue => value !== undefined;
    const value: unknown = JSON.parse(bytes.toString());
    return isJson(value) ? value : null;
  } catch {
    return null;
  }
}

/** Name of the newest file of a role among those served. */
function fileOf(files: ReadonlyMap<string, Buffer>, role: string): string | undefined {
  const versions = [...files.keys()].filter(
    (name) => name.replace(/^\d+\./, "") === `${role}.json`,
  );
  return versions.toSorted((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0];
}

/** The files of the last publication with what `serve` mutations put in their place. */
export function served(
  publications: readonly ReadonlyMap<string, Buffer>[],
  mutations: readonly Mutation[],
  resolve: Resolve,
): ReadonlyMap<string, Buffer> {
  const last = publications.at(-1) ?? new Map<string, Buffer>();
  const files = new Map(last);
  for (const one of mutations) {
    if (one.kind !== "serve") continue;
    const name = fileOf(last, resolve(one.place));
    if (name === undefined) continue;
    const source = one.what === "older" ? publications[publications.length - 1 - one.back] : last;
    const role = one.what === "older" || one.what === "none" ? one.place : one.what;
    const other = source === undefined ? undefined : fileOf(source, resolve(role));
    const bytes = other === undefined || one.what === "none" ? undefined : source?.get(other);
    if (bytes !== undefined) files.set(name, bytes);
    if (one.what === "none") files.delete(name);
  }
  return files;
}
