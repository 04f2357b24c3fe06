/**
 * What is published now, read from the repository folder and verified from 1.root.json on, as a
 * client would. The folder itself is the only record; expiry is not judged, for that is cured here.
 */
import { join } from "node:path";
import { readFileIfExists } from "../../host/durable.ts";
import { sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { readBinSettings } from "../../protocol/release/bin-settings.ts";
import { type HaltedRelease, haltRole, readHalt } from "../../protocol/release/halt.ts";
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
import type { Root, Snapshot, Targets, Timestamp } from "../../protocol/tuf/types.ts";
import type { Publisher } from "../workspace/publisher.ts";
import { type Database, databaseBins, type ReadMetadata, readDatabase } from "./read-database.ts";

/** Everything that is published. */
export interface Published {
  readonly root: Root;
  readonly timestamp: Timestamp;
  readonly snapshot: Snapshot;
  readonly targets: Targets;
  readonly databases: ReadonlyMap<string, Database>;
  /** None while nothing was ever halted. */
  readonly halt?: PublishedHalt;
}

/** The role `halt` as it is published. */
export interface PublishedHalt {
  readonly version: number;
  readonly expires: string;
  readonly halted: readonly HaltedRelease[];
}

/** Stored metadata was checked when it was made; expiry is never an obstacle to renewing it. */
const reading = { now: 0, strictness: "native" } as const;

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

/** The databases that the top-level targets delegate, without their releases. */
export function delegatedDatabases({ delegations, extra }: Targets): Omit<Database, "release">[] {
  const settings = readBinSettings(extra);
  const roles = (delegations?.roles ?? []).filter(({ name }) => name !== haltRole);
  return roles.map((role) => {
    const { name, keyIds, threshold } = role;
    const signers = { keys: delegations?.keys ?? new Map(), keyIds, threshold };
    const setting = settings.get(name);
    if (setting === undefined) return { name, role, signers };
    return { name, role, signers, bins: databaseBins(name, signers, setting) };
  });
}

async function readHaltRole(
  { settings }: Publisher,
  set: TrustedSet,
  read: ReadMetadata,
): Promise<PublishedHalt | undefined> {
  if (set.snapshot?.meta.has(`${haltRole}.json`) !== true) return undefined;
  const { version } = listedRole(set.snapshot, haltRole);
  const bytes = await read(`${version}.${haltRole}.json`, limits.targetsBytes);
  const role = readTargets(set, bytes, haltRole, "targets", reading);
  return { version, expires: role.expires, halted: readHalt(role, settings.repository) };
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
  for (const unreleased of delegatedDatabases(targets)) {
    const { repository } = publisher.settings;
    const database = await readDatabase(set, repository, unreleased, read, reading);
    databases.set(database.name, database);
  }
  const halt = await readHaltRole(publisher, set, read);
  const top = { root, timestamp, snapshot, targets, databases };
  return halt === undefined ? top : { ...top, halt };
}

/**
 * A database by name.
 * @throws VouchsafeError state.missing
 */
export function databaseNamed({ databases }: Pick<Published, "databases">, name: string): Database {
  const database = databases.get(name);
  if (database !== undefined) return database;
  const message = `There is no database "${name.slice(0, 60)}" in this repository.`;
  throw new VouchsafeError("state.missing", message);
}
