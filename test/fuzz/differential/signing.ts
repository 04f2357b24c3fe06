/** Signing for generated repositories: keys under any id, and JSON that no honest signer would sign. */
import { createPublicKey } from "node:crypto";
import {
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
} from "../../../protocol/json.ts";
import { encodeKey } from "../../../protocol/tuf/keys.ts";
import { poolSigner } from "./keys.ts";
import type { KeysSpec } from "./spec.ts";

/** A key as a role lists it, and what signs for it. */
export interface Entry {
  readonly keyId: string;
  readonly key: JsonObject;
  readonly sign: (message: Uint8Array) => string | Promise<string>;
}

/** The keys of a role. */
export interface Signing {
  readonly entries: readonly Entry[];
  readonly threshold: number;
}

/** The keys that a spec names. */
export function signingOf({ keys, threshold }: KeysSpec): Signing {
  const entries = keys.map(poolSigner).map(({ key, sign }) => ({
    keyId: key.keyId,
    key: encodeKey(key),
    sign,
  }));
  return { entries, threshold };
}

/** Ways to list keys that another client may count otherwise. */
export const keyTricks = [
  "alias",
  "alias in upper case",
  "other id",
  "prototype id",
  "Ed25519 in PEM",
  "unknown type",
  "scheme of another type",
] as const;
export type KeyTrick = (typeof keyTricks)[number];

const publicOf = (entry: Entry): string => {
  const value = isObject(entry.key["keyval"]) ? entry.key["keyval"]["public"] : undefined;
  return typeof value === "string" ? value : "";
};

const withPublic = (entry: Entry, text: string): Entry => ({
  ...entry,
  key: { ...entry.key, keyval: { public: text } },
});

const spki = "302a300506032b6570032100";

function pemOf(hex: string): string {
  const der = Buffer.from(spki + hex, "hex");
  return createPublicKey({ key: der, format: "der", type: "spki" })
    .export({ format: "pem", type: "spki" })
    .toString();
}

/** The same keys, listed otherwise. */
export function tricked({ entries, threshold }: Signing, trick: KeyTrick): Signing {
  const [first, ...rest] = entries;
  if (first === undefined) return { entries, threshold };
  const isEd25519 = first.key["keytype"] === "ed25519";
  const replaced = (entry: Entry): Signing => ({ entries: [entry, ...rest], threshold });
  const added = (entry: Entry): Signing => ({
    entries: [...entries, entry],
    threshold: entries.length + 1,
  });
  switch (trick) {
    case "alias":
      return added({ ...first, keyId: "alias" });
    case "alias in upper case":
      return added(
        isEd25519
          ? { ...withPublic(first, publicOf(first).toUpperCase()), keyId: "alias" }
          : { ...withPublic(first, `${publicOf(first)}\n`), keyId: "alias" },
      );
    case "other id":
      return replaced({ ...first, keyId: "the key of the release team" });
    case "prototype id":
      return replaced({ ...first, keyId: "constructor" });
    case "Ed25519 in PEM":
      return isEd25519 ? replaced(withPublic(first, pemOf(publicOf(first)))) : replaced(first);
    case "unknown type":
      return replaced({ ...first, key: { ...first.key, keytype: "x25519" } });
    case "scheme of another type":
      return replaced({ ...first, key: { ...first.key, scheme: "rsassa-pss-sha256" } });
  }
}

/** `keys` of a root or a delegation. */
export const keysObject = (signings: readonly Signing[]): JsonObject =>
  jsonObject(signings.flatMap(({ entries }) => entries.map(({ keyId, key }) => [keyId, key])));

/** A role's key ids and threshold. */
export const roleObject = ({ entries, threshold }: Signing) => ({
  keyids: entries.map(({ keyId }) => keyId),
  threshold,
});

const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;

/** Canonical JSON that also takes what may not be signed: fractions, huge numbers, half characters. */
export function looseCanonical(value: JsonValue): string {
  if (typeof value === "string") return quote(value);
  if (isArray(value)) return `[${value.map(looseCanonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const pairs = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return `{${pairs.map(([name, item]) => `${quote(name)}:${looseCanonical(item)}`).join(",")}}`;
}

/** A signed part and the signatures of all entries (of equal ids the first). */
export async function signLoosely(
  signed: JsonValue,
  entries: readonly Entry[],
): Promise<JsonObject> {
  const message = Buffer.from(looseCanonical(signed));
  const unique = new Map(entries.toReversed().map((entry) => [entry.keyId, entry]));
  const signatures = await Promise.all(
    Array.from(unique.values(), async ({ keyId, sign }) => ({
      keyid: keyId,
      sig: await sign(message),
    })),
  );
  return { signatures, signed };
}
