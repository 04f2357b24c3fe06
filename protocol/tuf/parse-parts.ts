/** Parsers for the parts that several roles share: keys, role keys, hashes, file entries. */
import { type JsonObject, type JsonValue, own } from "../json.ts";
import {
  arrayAt,
  booleanAt,
  extraFields,
  formatError,
  integerAt,
  objectAt,
  required,
  stringAt,
  utcAt,
} from "./fields.ts";
import { limits } from "./limits.ts";
import {
  type DelegatedRole,
  type Delegations,
  type Hashes,
  type Key,
  type MetaFile,
  type RoleKeys,
  type RoleType,
  type SuccinctRoles,
  type TargetFile,
  topLevelRoles,
} from "./types.ts";

const topLevel: ReadonlySet<string> = new Set(topLevelRoles);
const digestForms = [
  ["sha256", /^[0-9a-f]{64}$/],
  ["sha512", /^[0-9a-f]{128}$/],
] as const;

/** Fields that all roles carry (TUF 4.1), checked; `named` are the role's own. */
export function parseCommon(
  signed: JsonObject,
  type: RoleType,
  named: readonly string[],
): { version: number; expires: string; extra: JsonObject } {
  if (required(signed, "_type", type) !== type) throw formatError(type, `is not of type ${type}`);
  const spec = stringAt(required(signed, "spec_version", type), `${type}: spec_version`, 32);
  if (!/^1\.\d{1,4}(?:\.\d{1,4})?$/.test(spec)) {
    throw formatError(`${type}: spec_version`, "is not a version 1 of TUF");
  }
  return {
    version: integerAt(required(signed, "version", type), `${type}: version`, 1),
    expires: utcAt(required(signed, "expires", type), `${type}: expires`),
    extra: extraFields(signed, ["_type", "spec_version", "version", "expires", ...named]),
  };
}

/** A map of keys by key id (TUF 4.2). Key types that we don't know are kept; they never count. */
export function parseKeys(value: JsonValue, where: string): ReadonlyMap<string, Key> {
  const entries = Object.entries(objectAt(value, where));
  if (entries.length > limits.keys) throw formatError(where, `has more than ${limits.keys} keys`);
  return new Map(
    entries.map(([keyId, entry]) => {
      const key = objectAt(entry, `${where}: a key`);
      const keyVal = objectAt(required(key, "keyval", where), `${where}: keyval`);
      const parsed: Key = {
        keyId,
        keyType: stringAt(required(key, "keytype", where), `${where}: keytype`, 64),
        scheme: stringAt(required(key, "scheme", where), `${where}: scheme`, 64),
        publicKey: stringAt(
          required(keyVal, "public", where),
          `${where}: public`,
          limits.publicKeyLength,
        ),
      };
      return [keyId, parsed] as const;
    }),
  );
}

/** Key ids (no two alike) and threshold of a role. */
export function parseRoleKeys(value: JsonValue, where: string): RoleKeys {
  const role = objectAt(value, where);
  const keyIds = arrayAt(required(role, "keyids", where), `${where}: keyids`, limits.keys).map(
    (keyId) => stringAt(keyId, `${where}: a key id`),
  );
  if (new Set(keyIds).size !== keyIds.length) throw formatError(where, "names a key id twice");
  const threshold = integerAt(required(role, "threshold", where), `${where}: threshold`, 1);
  return { keyIds, threshold };
}

/** Digests; there must be one that we can check, and each that we know must have its length. */
export function parseHashes(value: JsonValue, where: string): Hashes {
  const object = objectAt(value, where);
  const hashes = new Map<string, string>();
  for (const [algorithm, form] of digestForms) {
    const digest = own(object, algorithm);
    if (digest === undefined) continue;
    if (typeof digest !== "string" || !form.test(digest)) {
      throw formatError(`${where}: ${algorithm}`, "is not a digest in lower-case hex");
    }
    hashes.set(algorithm, digest);
  }
  if (hashes.size === 0) throw formatError(where, "has neither sha256 nor sha512");
  return hashes;
}

/** As {@link parseHashes}, of bytes that must match every digest there is (TUF 5.5.2, 5.6.2). */
function parseMetaHashes(value: JsonValue, where: string): Hashes {
  const hashes = parseHashes(value, where);
  if (Object.keys(objectAt(value, where)).length === hashes.size) return hashes;
  throw formatError(where, "names a digest that cannot be checked");
}

/** An entry of timestamp's or snapshot's `meta` (TUF 4.4); length and hashes are optional there. */
export function parseMetaFile(value: JsonValue, where: string): MetaFile {
  const entry = objectAt(value, where);
  const length = own(entry, "length");
  const hashes = own(entry, "hashes");
  return {
    version: integerAt(required(entry, "version", where), `${where}: version`, 1),
    ...(length === undefined ? {} : { length: integerAt(length, `${where}: length`, 0) }),
    ...(hashes === undefined ? {} : { hashes: parseMetaHashes(hashes, `${where}: hashes`) }),
  };
}

/** An entry of `targets` (TUF 4.5). There may be tens of thousands: nothing is made in vain. */
export function parseTarget(path: string, value: JsonValue | undefined): TargetFile {
  const where = "targets: a target";
  if (path === "" || path.length > limits.nameLength) {
    throw formatError(where, "has an empty path or one that is too long");
  }
  const entry = objectAt(value, where);
  const length = integerAt(required(entry, "length", where), "targets: a target: length", 0);
  const hashes = parseHashes(required(entry, "hashes", where), "targets: a target: hashes");
  const custom = own(entry, "custom");
  if (custom === undefined) return { path, length, hashes };
  return { path, length, hashes, custom: objectAt(custom, "targets: a target: custom") };
}

function parseDelegatedRole(value: JsonValue): DelegatedRole {
  const where = "a delegated role";
  const role = objectAt(value, where);
  const name = stringAt(required(role, "name", where), `${where}: name`);
  const patterns = own(role, "paths");
  const prefixes = own(role, "path_hash_prefixes");
  if (name === "") throw formatError(where, "has no name");
  if (topLevel.has(name)) throw formatError(where, "has the name of a top-level role");
  if ((patterns === undefined) === (prefixes === undefined)) {
    throw formatError(where, "needs either paths or path_hash_prefixes");
  }
  const list = arrayAt(patterns ?? prefixes, `${where}: paths`, limits.patterns);
  return {
    name,
    ...parseRoleKeys(role, where),
    terminating: booleanAt(required(role, "terminating", where), `${where}: terminating`),
    paths: {
      kind: patterns === undefined ? "hashPrefixes" : "patterns",
      list: list.map((text) => stringAt(text, `${where}: a path`)),
    },
  };
}

function parseSuccinct(value: JsonValue): SuccinctRoles {
  const where = "succinct_roles";
  const role = objectAt(value, where);
  const bitLength = integerAt(required(role, "bit_length", where), `${where}: bit_length`, 1);
  if (bitLength > limits.succinctBits) throw formatError(where, "has more than 32 bits");
  const namePrefix = stringAt(required(role, "name_prefix", where), `${where}: name_prefix`);
  return { ...parseRoleKeys(role, where), bitLength, namePrefix };
}

/** The `delegations` of a targets role (TUF 4.5, TAP 15). */
export function parseDelegations(value: JsonValue): Delegations {
  const where = "delegations";
  const object = objectAt(value, where);
  const keys = parseKeys(required(object, "keys", where), `${where}: keys`);
  const listed = own(object, "roles");
  const succinct = own(object, "succinct_roles");
  if (listed !== undefined && succinct !== undefined) {
    throw formatError(where, "has both roles and succinct_roles");
  }
  if (succinct !== undefined) return { keys, roles: [], succinct: parseSuccinct(succinct) };
  const roles = arrayAt(listed, `${where}: roles`, limits.delegations).map(parseDelegatedRole);
  const names = new Set(roles.map((role) => role.name));
  if (names.size !== roles.length) throw formatError(where, "names a role twice");
  return { keys, roles };
}
