/** Planning the next metadata: pure functions from what is published to what follows it. */
import { sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import type { MetaFile, Snapshot, Targets, Timestamp } from "../../protocol/tuf/types.ts";

/** A finished metadata file. */
export interface MetadataFile {
  /** The role: "targets", "daily". */
  readonly role: string;
  readonly version: number;
  readonly bytes: Buffer;
}

/** The name of a versioned metadata file (TUF 6.2). */
export function fileName({ role, version }: Omit<MetadataFile, "bytes">): string {
  return `${version}.${role}.json`;
}

/** What snapshot and timestamp say of a file: version, length and sha256 (TUF 4.4). */
export function metaFileOf({ version, bytes }: Omit<MetadataFile, "role">): MetaFile {
  return { version, length: bytes.length, hashes: new Map([["sha256", sha256(bytes)]]) };
}

/** The snapshot that follows `previous`, with the changed roles in it. */
export function nextSnapshot(
  previous: Pick<Snapshot, "version" | "meta" | "extra">,
  changed: readonly MetadataFile[],
  expires: string,
): Snapshot {
  const entries = changed.map((file) => [`${file.role}.json`, metaFileOf(file)] as const);
  const meta = new Map([...previous.meta, ...entries]);
  return { type: "snapshot", version: previous.version + 1, expires, extra: previous.extra, meta };
}

/**
 * The timestamp that follows the one of that version and names that snapshot. It tells when it was
 * made, in the signed field `created`: that is what a bundle's age is judged by.
 */
export function nextTimestamp(
  previousVersion: number,
  snapshot: MetaFile,
  expires: string,
  created: string,
): Timestamp {
  const extra = { created };
  return { type: "timestamp", version: previousVersion + 1, expires, extra, snapshot };
}

/** The top-level targets with one more delegation. */
export function withDatabase(
  previous: Targets,
  database: NonNullable<Targets["delegations"]>["roles"][number],
  keys: NonNullable<Targets["delegations"]>["keys"],
  expires: string,
): Targets {
  const { delegations, version } = previous;
  return {
    ...previous,
    version: version + 1,
    expires,
    delegations: {
      keys: new Map([...(delegations?.keys ?? []), ...keys]),
      roles: [...(delegations?.roles ?? []), database],
    },
  };
}

/** The patterns of a database's delegation: its folder, and sub-folders to that depth. */
export function patternsOf(database: string, subfolders: number): readonly string[] {
  return Array.from(
    { length: subfolders + 1 },
    (_, depth) => `${database}${"/*".repeat(depth + 1)}`,
  );
}

const caps = {
  root: limits.rootBytes,
  timestamp: limits.timestampBytes,
  snapshot: limits.snapshotBytes,
  targets: limits.targetsBytes,
} as const;

/**
 * Refuses metadata that other clients would stop at (design.md, The repository).
 * @throws VouchsafeError usage.input
 */
export function checkSize(type: keyof typeof caps, name: string, length: number): void {
  const cap = caps[type];
  if (length <= cap) return;
  const message = `${name} would have ${length} bytes; clients stop at ${cap}.`;
  throw new VouchsafeError("usage.input", message);
}
