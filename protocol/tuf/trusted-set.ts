/**
 * What a client trusts, as an immutable value, and the five ways to learn more (TUF 1.0 §5).
 * Each function takes the trusted state and hostile bytes and returns the next state or throws;
 * nothing here reads a clock, a disk or a network.
 */
import type { Strictness } from "../ed25519.ts";
import { VouchsafeError } from "../errors.ts";
import { roleNamed } from "./delegations.ts";
import { parseEnvelope } from "./envelope.ts";
import { checkBytes, checkedLength } from "./hashes.ts";
import { limits } from "./limits.ts";
import { parseRoot, parseSnapshot, parseTargets, parseTimestamp } from "./parse.ts";
import type { MetaFile, Root, Snapshot, Targets, Timestamp, TopLevelRole } from "./types.ts";
import { type Signers, verifyEnvelope } from "./verify.ts";

/** Everything that is trusted at one moment. */
export interface TrustedSet {
  readonly root: Root;
  readonly timestamp?: Timestamp;
  readonly snapshot?: Snapshot;
  /** Targets roles by name; `targets` is the top-level one. */
  readonly targets: ReadonlyMap<string, Targets>;
}

/** How to read: the moment that expiry is judged by, and how strictly signatures are checked. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly strictness: Strictness;
}

const signersOf = (root: Root, role: TopLevelRole): Signers => ({
  keys: root.keys,
  ...root.roles[role],
});

function rollback(role: string, shown: number, seen: number): VouchsafeError {
  return new VouchsafeError(
    "trust.rollback",
    `The repository shows version ${shown} of ${role}, but version ${seen} was seen before.`,
  );
}

/** Whether a role is past its expiry at that moment (TUF 5.3.10, 5.4.4, 5.5.6, 5.6.6). */
export function isExpired(role: { readonly expires: string }, now: number): boolean {
  return Date.parse(role.expires) <= now;
}

/** Throws `trust.expired` when a role is past its expiry. */
export function checkExpiry(role: { type: string; expires: string }, now: number): void {
  if (!isExpired(role, now)) return;
  throw new VouchsafeError(
    "trust.expired",
    `The ${role.type} metadata expired at ${role.expires}.`,
  );
}

/**
 * The state that a bootstrap root gives: signed by itself (TUF 5.3.2 starts from it).
 *
 * @throws VouchsafeError `trust.format`, `trust.signature`
 */
export function startFrom(rootBytes: Uint8Array, strictness: Strictness = "both"): TrustedSet {
  const envelope = parseEnvelope(rootBytes, limits.rootBytes);
  // A bootstrap root comes over a trusted channel: it alone may name its own signers.
  const root = parseRoot(envelope.signed);
  verifyEnvelope(envelope, signersOf(root, "root"), "root", strictness);
  return { root, targets: new Map() };
}

/** Whether any key of the role was rotated, counted as TUF 5.3.11 does: by the role's key ids. */
function rotated(before: Root, after: Root, role: TopLevelRole): boolean {
  const keys = (root: Root) =>
    root.roles[role].keyIds.map((id) => root.keys.get(id)?.publicKey ?? id).toSorted();
  const [a, b] = [keys(before), keys(after)];
  return a.join() !== b.join() || before.roles[role].threshold !== after.roles[role].threshold;
}

/**
 * The next root: signed by thresholds of both the old and the new keys, version + 1
 * (TUF 5.3.4–5.3.5). Rotated timestamp or snapshot keys drop what those roles said (TUF 5.3.11).
 *
 * @throws VouchsafeError `trust.format`, `trust.signature`, `trust.rollback`
 */
export function updateRoot(set: TrustedSet, bytes: Uint8Array, strictness: Strictness): TrustedSet {
  const envelope = parseEnvelope(bytes, limits.rootBytes);
  const signed = verifyEnvelope(envelope, signersOf(set.root, "root"), "root", strictness);
  const root = parseRoot(signed);
  verifyEnvelope(envelope, signersOf(root, "root"), "root", strictness);
  if (root.version !== set.root.version + 1) {
    const message = `The root after version ${set.root.version} calls itself ${root.version}.`;
    throw new VouchsafeError("trust.rollback", message);
  }
  const reset = rotated(set.root, root, "timestamp") || rotated(set.root, root, "snapshot");
  return reset ? { root, targets: new Map() } : { ...set, root };
}

/** The result of a timestamp: the same state when it tells nothing new. */
export interface TimestampUpdate {
  readonly set: TrustedSet;
  readonly changed: boolean;
}

/**
 * A timestamp (TUF 5.4). An equal version changes nothing and is no error (5.4.3.1).
 *
 * @throws VouchsafeError `trust.format`, `trust.signature`, `trust.rollback`, `trust.expired`
 */
export function updateTimestamp(
  set: TrustedSet,
  bytes: Uint8Array,
  reading: Reading,
): TimestampUpdate {
  const next = readTimestamp(set.root, bytes, reading.strictness);
  const seen = set.timestamp;
  if (seen !== undefined) {
    if (next.version < seen.version) throw rollback("timestamp", next.version, seen.version);
    if (next.version === seen.version) {
      checkExpiry(seen, reading.now);
      return { set, changed: false };
    }
    if (next.snapshot.version < seen.snapshot.version) {
      throw rollback("snapshot", next.snapshot.version, seen.snapshot.version); // 5.4.3.2
    }
  }
  checkExpiry(next, reading.now);
  return { set: { ...set, timestamp: next }, changed: true };
}

/** A timestamp by its signatures and form alone; for state that is read again. */
export function readTimestamp(root: Root, bytes: Uint8Array, strictness: Strictness): Timestamp {
  const envelope = parseEnvelope(bytes, limits.timestampBytes);
  const signers = signersOf(root, "timestamp");
  return parseTimestamp(verifyEnvelope(envelope, signers, "timestamp", strictness));
}

/** The exact bytes that a meta entry names, as verified, typed metadata. */
function readListed<T extends { version: number }>(
  bytes: Uint8Array,
  role: string,
  listed: MetaFile,
  cap: number,
  signers: Signers,
  strictness: Strictness,
  parse: (signed: ReturnType<typeof verifyEnvelope>) => T,
): T {
  checkBytes(bytes, listed, `${role} metadata`);
  const envelope = parseEnvelope(bytes, checkedLength(listed, cap));
  const metadata = parse(verifyEnvelope(envelope, signers, role, strictness));
  if (metadata.version !== listed.version) {
    const message = `The ${role} metadata is version ${metadata.version}, not ${listed.version}.`;
    throw new VouchsafeError("trust.mismatch", message);
  }
  return metadata;
}

/** A snapshot by what the timestamp says of it, without rollback and expiry; for stored state. */
export function readSnapshot(
  root: Root,
  timestamp: Timestamp,
  bytes: Uint8Array,
  strictness: Strictness,
): Snapshot {
  const signers = signersOf(root, "snapshot");
  const { snapshot: listed } = timestamp;
  const cap = limits.snapshotBytes;
  return readListed(bytes, "snapshot", listed, cap, signers, strictness, parseSnapshot);
}

/** Throws `trust.rollback` when a newer snapshot lost a role or shows an older one (TUF 5.5.5). */
export function checkSnapshotRollback(seen: Snapshot, next: Snapshot): void {
  for (const [name, before] of seen.meta) {
    const after = next.meta.get(name);
    if (after === undefined) {
      throw new VouchsafeError("trust.rollback", `The snapshot does not list ${name} any more.`);
    }
    if (after.version < before.version) throw rollback(name, after.version, before.version);
  }
}

/**
 * The snapshot that the timestamp names (TUF 5.5).
 *
 * @throws VouchsafeError `trust.mismatch`, `trust.format`, `trust.signature`, `trust.rollback`,
 *   `trust.expired`
 */
export function updateSnapshot(set: TrustedSet, bytes: Uint8Array, reading: Reading): TrustedSet {
  const { root, timestamp, snapshot: seen } = set;
  if (timestamp === undefined) throw new Error("a snapshot needs a timestamp first");
  const snapshot = readSnapshot(root, timestamp, bytes, reading.strictness);
  if (seen !== undefined) checkSnapshotRollback(seen, snapshot);
  checkExpiry(snapshot, reading.now);
  return { ...set, snapshot };
}

/** What the snapshot says of a targets role, or throws `trust.role`. */
export function listedRole(snapshot: Snapshot, role: string): MetaFile {
  const listed = snapshot.meta.get(`${role}.json`);
  if (listed !== undefined) return listed;
  throw new VouchsafeError("trust.role", `The snapshot does not list the role ${role}.`);
}

function targetsSigners(set: TrustedSet, role: string, parent: string): Signers {
  if (role === "targets") return signersOf(set.root, "targets");
  const delegations = set.targets.get(parent)?.delegations;
  const named = delegations === undefined ? undefined : roleNamed(delegations, role);
  if (delegations === undefined || named === undefined) {
    throw new VouchsafeError("trust.role", `The role ${parent} does not delegate to ${role}.`);
  }
  return { keys: delegations.keys, keyIds: named.keyIds, threshold: named.threshold };
}

/**
 * A targets role that the snapshot lists, under the keys that its parent gives it (TUF 5.6).
 *
 * @param role `targets`, or a delegated role's name
 * @param parent the role that delegates to it; already in the set
 * @throws VouchsafeError `trust.role`, `trust.mismatch`, `trust.format`, `trust.signature`,
 *   `trust.expired`
 */
export function readTargets(
  set: TrustedSet,
  bytes: Uint8Array,
  role: string,
  parent: string,
  reading: Reading,
): Targets {
  if (set.snapshot === undefined) throw new Error("a targets role needs a snapshot first");
  const listed = listedRole(set.snapshot, role);
  const signers = targetsSigners(set, role, parent);
  const cap = limits.targetsBytes;
  const { strictness } = reading;
  const targets = readListed(bytes, role, listed, cap, signers, strictness, parseTargets);
  checkExpiry(targets, reading.now);
  return targets;
}

/** The set with more targets roles in it. */
export function withTargets(
  set: TrustedSet,
  roles: Iterable<readonly [string, Targets]>,
): TrustedSet {
  return { ...set, targets: new Map([...set.targets, ...roles]) };
}
