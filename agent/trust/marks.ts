/**
 * High-water marks: the newest versions ever accepted. They are kept twice (in the trust store
 * and beside the databases), so that losing the store does not let a rollback through. They lapse
 * when root rotates the keys they were reached under, as TUF 5.3.11 demands. Pure.
 */
import { sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type JsonObject, type JsonValue, parseJson } from "../../protocol/json.ts";
import { integerAt, objectAt, required, stringAt } from "../../protocol/tuf/fields.ts";
import { verifierOf } from "../../protocol/tuf/keys.ts";
import type { Root, Snapshot, Timestamp } from "../../protocol/tuf/types.ts";

/** The newest versions accepted under one set of keys. */
export interface Marks {
  /** SHA-256 of 1.root.json: marks of another repository say nothing. */
  readonly repository: string;
  /** {@link keysFingerprint} of the root under which they were reached. */
  readonly keys: string;
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  /** Version of each file that a snapshot listed. */
  readonly meta: ReadonlyMap<string, number>;
}

/** Bytes that a file of marks may have. */
export const marksMaxBytes = 4_000_000;

/** Digest of the key material and thresholds of timestamp and snapshot. */
export function keysFingerprint(root: Root): string {
  const lines = (["timestamp", "snapshot"] as const).map((role) => {
    const { keyIds, threshold } = root.roles[role];
    const material = keyIds.map((keyId) => {
      const key = root.keys.get(keyId);
      return (key === undefined ? undefined : verifierOf(key)?.material) ?? `unusable ${keyId}`;
    });
    return `${role} ${threshold} ${material.toSorted().join(" ")}\n`;
  });
  return sha256(lines.join(""));
}

const larger = (a: number | undefined, b: number | undefined) => Math.max(a ?? 0, b ?? 0);

function mergeMeta(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map(Array.from(names, (name) => [name, larger(a.get(name), b.get(name))] as const));
}

/** The higher of two sets of marks; where their keys differ, the one of the newer root. */
export function mergeMarks(a: Marks | undefined, b: Marks | undefined): Marks | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.repository !== b.repository) return a;
  if (a.keys !== b.keys) return a.root >= b.root ? a : b;
  return {
    repository: a.repository,
    keys: a.keys,
    root: larger(a.root, b.root),
    timestamp: larger(a.timestamp, b.timestamp),
    snapshot: larger(a.snapshot, b.snapshot),
    meta: mergeMeta(a.meta, b.meta),
  };
}

/** What the marks become once that much is accepted under that root. */
export function raiseMarks(
  marks: Marks | undefined,
  repository: string,
  root: Root,
  timestamp?: Timestamp,
  snapshot?: Snapshot,
): Marks {
  const keys = keysFingerprint(root);
  const listed = [...(snapshot?.meta ?? [])].map(([name, { version }]) => [name, version] as const);
  const reached: Marks = {
    repository,
    keys,
    root: root.version,
    timestamp: timestamp?.version ?? 0,
    snapshot: larger(timestamp?.snapshot.version, snapshot?.version),
    meta: new Map(listed),
  };
  if (marks === undefined || marks.repository !== repository || marks.keys !== keys) {
    return { ...reached, root: larger(root.version, rootMark(marks, repository)) };
  }
  return mergeMarks(marks, reached) ?? reached;
}

const rootMark = (marks: Marks | undefined, repository: string) =>
  marks?.repository === repository ? marks.root : 0;

function refuse(what: string, shown: number, seen: number): never {
  throw new VouchsafeError(
    "trust.rollback",
    `The repository shows version ${shown} of ${what}, but version ${seen} was seen before.`,
  );
}

/**
 * Throws `trust.rollback` when what is offered lies below the marks. Root marks never lapse; the
 * others count only under the keys that they were reached under.
 */
export function checkMarks(
  marks: Marks | undefined,
  repository: string,
  root: Root,
  timestamp?: Timestamp,
  snapshot?: Snapshot,
): void {
  if (marks === undefined || marks.repository !== repository) return;
  if (root.version < marks.root) refuse("root", root.version, marks.root);
  if (marks.keys !== keysFingerprint(root)) return;
  if (timestamp !== undefined) {
    if (timestamp.version < marks.timestamp) {
      refuse("timestamp", timestamp.version, marks.timestamp);
    }
    if (timestamp.snapshot.version < marks.snapshot) {
      refuse("snapshot", timestamp.snapshot.version, marks.snapshot);
    }
  }
  // One that the timestamp has left behind is not offered: it only waits for its successor. Were it
  // judged, a crash between marks and store would make every later check a rollback.
  if (snapshot === undefined || snapshot.version !== timestamp?.snapshot.version) return;
  for (const [name, version] of marks.meta) {
    const shown = snapshot.meta.get(name)?.version ?? 0;
    if (shown < version) refuse(name, shown, version);
  }
}

/** Marks as JSON, for either place. */
export function encodeMarks(marks: Marks): JsonObject {
  return { format: 1, ...marks, meta: Object.fromEntries(marks.meta) };
}

/** Reads {@link encodeMarks}. Throws `trust.format`. */
export function decodeMarks(value: JsonValue): Marks {
  const object = objectAt(value, "marks");
  const number = (name: string) => integerAt(required(object, name, "marks"), `marks: ${name}`, 0);
  const text = (name: string) => stringAt(required(object, name, "marks"), `marks: ${name}`, 64);
  const meta = Object.entries(objectAt(required(object, "meta", "marks"), "marks: meta"));
  return {
    repository: text("repository"),
    keys: text("keys"),
    root: number("root"),
    timestamp: number("timestamp"),
    snapshot: number("snapshot"),
    meta: new Map(meta.map(([name, version]) => [name, integerAt(version, "marks: meta", 0)])),
  };
}

/** Reads a file of marks, or undefined when it is damaged. */
export function parseMarks(bytes: Uint8Array): Marks | undefined {
  try {
    return decodeMarks(parseJson(bytes, marksMaxBytes));
  } catch {
    return undefined;
  }
}
