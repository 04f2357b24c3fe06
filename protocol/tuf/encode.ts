/** From typed metadata to the JSON that gets signed; the inverse of parse.ts. */
import { type JsonObject, type JsonValue, jsonObject } from "../json.ts";
import { encodeKey } from "./keys.ts";
import type {
  DelegatedRole,
  Delegations,
  Hashes,
  Key,
  MetaFile,
  RoleKeys,
  Signed,
  TargetFile,
} from "./types.ts";

/** The version of the specification that we write. */
export const specVersion = "1.0.34";

const mapToObject = <T>(map: ReadonlyMap<string, T>, encode: (value: T) => JsonValue): JsonObject =>
  jsonObject([...map].map(([key, value]) => [key, encode(value)] as const));

const encodeHashes = (hashes: Hashes) => mapToObject(hashes, (digest) => digest);
const encodeKeys = (keys: ReadonlyMap<string, Key>) => mapToObject(keys, encodeKey);
const encodeRole = ({ keyIds, threshold }: RoleKeys) => ({ keyids: keyIds, threshold });

function encodeMetaFile({ version, length, hashes }: MetaFile): JsonObject {
  return {
    version,
    ...(length === undefined ? {} : { length }),
    ...(hashes === undefined ? {} : { hashes: encodeHashes(hashes) }),
  };
}

function encodeTarget({ length, hashes, custom }: TargetFile): JsonObject {
  const base = { length, hashes: encodeHashes(hashes) };
  return custom === undefined ? base : { ...base, custom };
}

function encodeDelegatedRole(role: DelegatedRole): JsonObject {
  const { kind, list } = role.paths;
  return {
    name: role.name,
    ...encodeRole(role),
    terminating: role.terminating,
    [kind === "patterns" ? "paths" : "path_hash_prefixes"]: list,
  };
}

function encodeDelegations({ keys, roles, succinct }: Delegations): JsonObject {
  if (succinct === undefined) {
    return { keys: encodeKeys(keys), roles: roles.map(encodeDelegatedRole) };
  }
  const { bitLength, namePrefix } = succinct;
  return {
    keys: encodeKeys(keys),
    succinct_roles: {
      ...encodeRole(succinct),
      bit_length: bitLength,
      name_prefix: namePrefix,
    },
  };
}

function encodeOwn(signed: Signed): JsonObject {
  switch (signed.type) {
    case "root": {
      const { root, timestamp, snapshot, targets } = signed.roles;
      return {
        consistent_snapshot: signed.consistentSnapshot,
        keys: encodeKeys(signed.keys),
        roles: {
          root: encodeRole(root),
          timestamp: encodeRole(timestamp),
          snapshot: encodeRole(snapshot),
          targets: encodeRole(targets),
        },
      };
    }
    case "timestamp":
      return { meta: { "snapshot.json": encodeMetaFile(signed.snapshot) } };
    case "snapshot":
      return { meta: mapToObject(signed.meta, encodeMetaFile) };
    case "targets": {
      const targets = mapToObject(signed.targets, encodeTarget);
      if (signed.delegations === undefined) return { targets };
      return { targets, delegations: encodeDelegations(signed.delegations) };
    }
  }
}

/** The signed part of a role as JSON, ready for its canonical form. */
export function encodeSigned(signed: Signed): JsonObject {
  const { type, version, expires, extra } = signed;
  return {
    ...extra,
    _type: type,
    spec_version: specVersion,
    version,
    expires,
    ...encodeOwn(signed),
  };
}
