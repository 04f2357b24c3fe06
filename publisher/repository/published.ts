/**
 * What is published now, read from the repository folder and verified from 1.root.json on, as a
 * client would. The folder itself is the only record; expiry is not judged, for that is cured here.
 */
import { join } from "node:path";
import { readFileIfExists } from "../../host/durable.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { checkRelease, type Release } from "../../protocol/release/release-info.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import {
  listedRole,
  readSnapshot,
  readTargets,
  readTimestamp,
  startFrom,
  type TrustedSet,
  updateRoot,
  withTargets,
} from "../../protocol/tuf/trusted-set.ts";
import type {
  DelegatedRole,
  Root,
  Snapshot,
  Targets,
  Timestamp,
} from "../../protocol/tuf/types.ts";
import type { Signers } from "../../protocol/tuf/verify.ts";
import type { Publisher } from "../workspace/publisher.ts";

/** The release of a database that clients see. */
export interface PublishedRelease extends Release {
  /** SHA-256 of the role's metadata. */
  readonly digest: Sha256;
  readonly expires: string;
}

/** A database that the repository delegates. */
export interface Database {
  readonly name: string;
  readonly role: DelegatedRole;
  readonly signers: Signers;
  /** None before the first publication. */
  readonly release?: PublishedRelease;
}

/** Everything that is published. */
export interface Published {
  readonly root: Root;
  readonly timestamp: Timestamp;
  readonly snapshot: Snapshot;
  readonly targets: Targets;
  readonly databases: ReadonlyMap<string, Database>;
}

/** Stored metadata was checked when it was made; expiry is never an obstacle to renewing it. */
const reading = { now: 0, strictness: "native" } as const;

type ReadMetadata = (name: string, maxBytes: number) => Promise<Buffer>;

/** Path of a metadata file in the repository folder. */
export function metadataPath(repository: string, name: string): string {
  return join(repository, "metadata", name);
}

async function readRoots(publisher: Publisher, read: ReadMetadata): Promise<TrustedSet> {
  const { fs, layout, settings } = publisher;
  const first = await read("1.root.json", limits.rootBytes);
  if (sha256(first) !== settings.repository) {
    const message = "1.root.json is not the root that publisher.json names.";
    throw new VouchsafeError("repository.incomplete", message);
  }
  let set = startFrom(first, reading.strictness);
  for (;;) {
    const path = metadataPath(layout.repository, `${set.root.version + 1}.root.json`);
    const next = await readFileIfExists(fs, path, limits.rootBytes);
    if (next === undefined) return set;
    set = updateRoot(set, next, reading.strictness);
  }
}

async function readDatabase(
  publisher: Publisher,
  set: TrustedSet,
  snapshot: Snapshot,
  role: DelegatedRole,
  signers: Signers,
  read: ReadMetadata,
): Promise<Database> {
  const { name } = role;
  if (!snapshot.meta.has(`${name}.json`)) return { name, role, signers };
  const { version } = listedRole(snapshot, name);
  const bytes = await read(`${version}.${name}.json`, limits.targetsBytes);
  const targets = readTargets(set, bytes, name, "targets", reading);
  const release = checkRelease(name, publisher.settings.repository, targets);
  const { expires } = targets;
  return { name, role, signers, release: { ...release, digest: sha256(bytes), expires } };
}

/**
 * Reads and verifies the published state.
 * @throws VouchsafeError repository.incomplete, trust.*, disk.*
 */
export async function readPublished(publisher: Publisher): Promise<Published> {
  const { fs, layout } = publisher;
  const read: ReadMetadata = async (name, maxBytes) => {
    const path = metadataPath(layout.repository, name);
    const bytes = await readFileIfExists(fs, path, maxBytes);
    if (bytes !== undefined) return bytes;
    throw new VouchsafeError("repository.incomplete", `The repository lacks metadata/${name}.`);
  };
  const { root } = await readRoots(publisher, read);
  const timestampBytes = await read("timestamp.json", limits.timestampBytes);
  const timestamp = readTimestamp(root, timestampBytes, reading.strictness);
  const snapshotName = `${timestamp.snapshot.version}.snapshot.json`;
  const snapshotBytes = await read(snapshotName, limits.snapshotBytes);
  const snapshot = readSnapshot(root, timestamp, snapshotBytes, reading.strictness);
  const base: TrustedSet = { root, timestamp, snapshot, targets: new Map() };
  const targetsName = `${listedRole(snapshot, "targets").version}.targets.json`;
  const targetsBytes = await read(targetsName, limits.targetsBytes);
  const targets = readTargets(base, targetsBytes, "targets", "root", reading);
  const set = withTargets(base, [["targets", targets]]);
  const databases = new Map<string, Database>();
  for (const role of targets.delegations?.roles ?? []) {
    const keys = targets.delegations?.keys ?? new Map();
    const signers = { keys, keyIds: role.keyIds, threshold: role.threshold };
    const database = await readDatabase(publisher, set, snapshot, role, signers, read);
    databases.set(role.name, database);
  }
  return { root, timestamp, snapshot, targets, databases };
}

/**
 * A database by name.
 * @throws VouchsafeError state.missing
 */
export function databaseNamed(published: Published, name: string): Database {
  const database = published.databases.get(name);
  if (database !== undefined) return database;
  const message = `There is no database "${name.slice(0, 60)}" in this repository.`;
  throw new VouchsafeError("state.missing", message);
}
