/**
 * From a verified signed part to typed metadata (TUF 1.0 §4). Callers check the signatures first:
 * nothing here runs on a part that nobody vouched for.
 */
import { type JsonObject, own } from "../json.ts";
import { booleanAt, formatError, objectAt, required } from "./fields.ts";
import {
  parseCommon,
  parseDelegations,
  parseKeys,
  parseMetaFile,
  parseRoleKeys,
  parseTarget,
} from "./parse-parts.ts";
import {
  type RoleType,
  type Root,
  type SignedOf,
  type Snapshot,
  type TargetFile,
  type Targets,
  type Timestamp,
  topLevelRoles,
} from "./types.ts";

/** TUF 4.3. Throws `trust.format`. */
export function parseRoot(signed: JsonObject): Root {
  const common = parseCommon(signed, "root", ["consistent_snapshot", "keys", "roles"]);
  const roles = objectAt(required(signed, "roles", "root"), "root: roles");
  if (Object.keys(roles).toSorted().join() !== topLevelRoles.toSorted().join()) {
    throw formatError("root: roles", "are not exactly root, timestamp, snapshot and targets");
  }
  const role = (name: string) =>
    parseRoleKeys(required(roles, name, "root: roles"), `root: ${name}`);
  const consistent = own(signed, "consistent_snapshot") ?? false;
  return {
    type: "root",
    ...common,
    consistentSnapshot: booleanAt(consistent, "root: consistent_snapshot"),
    keys: parseKeys(required(signed, "keys", "root"), "root: keys"),
    roles: {
      root: role("root"),
      timestamp: role("timestamp"),
      snapshot: role("snapshot"),
      targets: role("targets"),
    },
  };
}

/** TUF 4.6: exactly one entry, `snapshot.json`. Throws `trust.format`. */
export function parseTimestamp(signed: JsonObject): Timestamp {
  const common = parseCommon(signed, "timestamp", ["meta"]);
  const meta = objectAt(required(signed, "meta", "timestamp"), "timestamp: meta");
  if (Object.keys(meta).length !== 1) throw formatError("timestamp: meta", "has not one entry");
  const entry = required(meta, "snapshot.json", "timestamp: meta");
  return { type: "timestamp", ...common, snapshot: parseMetaFile(entry, "timestamp: snapshot") };
}

/** TUF 4.4. Throws `trust.format`. */
export function parseSnapshot(signed: JsonObject): Snapshot {
  const common = parseCommon(signed, "snapshot", ["meta"]);
  const entries = Object.entries(objectAt(required(signed, "meta", "snapshot"), "snapshot: meta"));
  const meta = new Map(
    entries.map(([name, entry]) => [name, parseMetaFile(entry, "snapshot: an entry")] as const),
  );
  return { type: "snapshot", ...common, meta };
}

/** TUF 4.5. Throws `trust.format`. */
export function parseTargets(signed: JsonObject): Targets {
  const common = parseCommon(signed, "targets", ["targets", "delegations"]);
  const entries = objectAt(required(signed, "targets", "targets"), "targets");
  const targets = new Map<string, TargetFile>();
  for (const path of Object.keys(entries)) targets.set(path, parseTarget(path, entries[path]));
  const delegations = own(signed, "delegations");
  return {
    type: "targets",
    ...common,
    targets,
    ...(delegations === undefined ? {} : { delegations: parseDelegations(delegations) }),
  };
}

/** The parser of each role type. */
export const parsers: { readonly [T in RoleType]: (signed: JsonObject) => SignedOf<T> } = {
  root: parseRoot,
  timestamp: parseTimestamp,
  snapshot: parseSnapshot,
  targets: parseTargets,
};
