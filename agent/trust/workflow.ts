/**
 * The client workflow of TUF 1.0 §5 over a metadata fetcher, one function for each step. Takes
 * and returns immutable state; saves nothing.
 */
import { isSha256, type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { checkedLength, hashesMatch } from "../../protocol/tuf/hashes.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { roleFileName } from "../../protocol/tuf/role-file.ts";
import {
  checkExpiry,
  listedRole,
  type Reading,
  readTargets,
  updateRoot,
  updateSnapshot,
  updateTimestamp,
  withTargets,
} from "../../protocol/tuf/trusted-set.ts";
import type { MetaFile, Targets, TopLevelRole } from "../../protocol/tuf/types.ts";
import { readFrom } from "./blame.ts";
import type { Restored } from "./restore.ts";
import type { Siblings } from "./siblings.ts";
import type { MetadataFetcher } from "./types.ts";

/** Adds a role's bytes. */
function withFile(files: Restored["files"], role: string, bytes: Buffer): Restored["files"] {
  return new Map([...files, [role, bytes]]);
}

/** Metadata paths of design.md: with a version where the snapshot is consistent (TUF 6.2). */
export function metadataPath(role: string, version: number, consistent: boolean): string {
  const name = roleFileName(role);
  return consistent ? `metadata/${version}.${name}.json` : `metadata/${name}.json`;
}

/**
 * Walks to the newest root (TUF 5.3.2 to 5.3.9). Yields the state after each root that is
 * accepted, so that it can be kept before the next is asked for (5.3.8). Whether the last one has
 * expired (5.3.10) is the caller's to check, after that.
 *
 * @throws VouchsafeError `trust.*`, `transfer.*`
 */
async function* walkRoots(
  start: Restored,
  fetcher: MetadataFetcher,
  reading: Reading,
): AsyncGenerator<Restored, void, undefined> {
  let state = start;
  for (let step = 0; step < limits.rootRotations; step += 1) {
    const path = `metadata/${state.set.root.version + 1}.root.json`; // 5.3.3
    const answer = await fetcher.get(path, { maxBytes: limits.rootBytes });
    if (answer.status !== "ok") return;
    const set = readFrom(answer.validators.origin, () =>
      updateRoot(state.set, answer.bytes, reading.strictness),
    );
    // 5.3.11: rotated online keys drop what they signed.
    const kept = set.timestamp === undefined ? new Map<string, Buffer>() : state.files;
    state = { set, files: withFile(kept, "root", answer.bytes) };
    yield state;
  }
}

/** Takes a timestamp (TUF 5.4); the same state when it tells nothing new. */
function takeTimestamp(state: Restored, bytes: Buffer, reading: Reading): Restored {
  const { set, changed } = updateTimestamp(state.set, bytes, reading);
  return changed ? { set, files: withFile(state.files, "timestamp", bytes) } : state;
}

/** Where metadata comes from that signed metadata lists. */
interface MetadataSources {
  readonly fetcher: MetadataFetcher;
  /** Absent where a repository has none. */
  readonly siblings?: Siblings;
}

/** Bytes, and what they say when they are read. */
interface Read<T> {
  readonly bytes: Buffer;
  readonly value: T;
}

async function fetchListed<T>(
  { fetcher, siblings }: MetadataSources,
  role: string,
  listed: MetaFile,
  limit: number,
  consistent: boolean,
  read: (bytes: Buffer) => T,
): Promise<Read<T>> {
  const path = metadataPath(role, listed.version, consistent);
  const maxBytes = checkedLength(listed, limit);
  const inflated = await siblings?.get(path, listed, maxBytes);
  if (inflated !== undefined) return { bytes: inflated, value: read(inflated) };
  const answer = await fetcher.get(path, { maxBytes });
  if (answer.status === "ok") {
    const { bytes, validators } = answer;
    return { bytes, value: readFrom(validators.origin, () => read(bytes)) };
  }
  throw new VouchsafeError("repository.missing", `The repository has no ${path}.`);
}

/** Whether bytes at hand are certainly those that are listed: only digests can tell. */
function isListed(bytes: Buffer | undefined, { hashes }: MetaFile): bytes is Buffer {
  return bytes !== undefined && hashes !== undefined && hashesMatch(bytes, hashes);
}

/** What comes of bytes that are at hand where no digest is listed: they count if they verify. */
function tryHeld<T>(
  bytes: Buffer | undefined,
  { hashes }: MetaFile,
  read: (bytes: Buffer) => T,
): Read<T> | undefined {
  if (bytes === undefined || hashes !== undefined) return undefined;
  try {
    return { bytes, value: read(bytes) };
  } catch (error) {
    if (error instanceof VouchsafeError) return undefined;
    throw error;
  }
}

/** Fetches the snapshot that the timestamp names, unless it is at hand (TUF 5.5). */
async function takeSnapshot(
  { set, files }: Restored,
  sources: MetadataSources,
  reading: Reading,
): Promise<Restored> {
  const listed = set.timestamp?.snapshot;
  if (listed === undefined) throw new Error("a snapshot needs a timestamp first");
  const read = (bytes: Buffer) => updateSnapshot(set, bytes, reading);
  const held = files.get("snapshot");
  const tried = tryHeld(held, listed, read);
  if (tried !== undefined) return { set: tried.value, files };
  const { consistentSnapshot } = set.root;
  const { bytes, value } = isListed(held, listed)
    ? { bytes: held, value: read(held) }
    : await fetchListed(
        sources,
        "snapshot",
        listed,
        limits.snapshotBytes,
        consistentSnapshot,
        read,
      );
  return { set: value, files: withFile(files, "snapshot", bytes) };
}

/** Metadata already on disk, by digest; content is checked again by whoever asks. */
export type ReadKept = (digest: Sha256) => Promise<Buffer | undefined>;

/** Where targets roles come from. */
export interface RoleSources extends MetadataSources {
  readonly kept: ReadKept;
}

/** How many metadata files are fetched at once. */
const parallel = 8;

/** A targets role that was read under the keys of its parent. */
interface TakenRole {
  readonly role: string;
  readonly bytes: Buffer;
  readonly targets: Targets;
}

async function takeRole(
  { set, files }: Restored,
  role: string,
  parent: string,
  sources: RoleSources,
  reading: Reading,
): Promise<TakenRole> {
  if (set.snapshot === undefined) throw new Error("a targets role needs a snapshot first");
  const listed = listedRole(set.snapshot, role);
  const read = (bytes: Buffer) => readTargets(set, bytes, role, parent, reading);
  const held = files.get(role);
  if (isListed(held, listed)) return { role, bytes: held, targets: read(held) };
  const tried = tryHeld(held, listed, read);
  if (tried !== undefined) return { role, bytes: tried.bytes, targets: tried.value };
  const digest = listed.hashes?.get("sha256");
  const stored = digest !== undefined && isSha256(digest) ? await sources.kept(digest) : undefined;
  if (stored !== undefined) {
    const again = { ...reading, strictness: "native" } as const;
    return { role, bytes: stored, targets: readTargets(set, stored, role, parent, again) };
  }
  const consistent = set.root.consistentSnapshot;
  const { bytes, value } = await fetchListed(
    sources,
    role,
    listed,
    limits.targetsBytes,
    consistent,
    read,
  );
  return { role, bytes, targets: value };
}

/**
 * Fetches targets roles that the snapshot lists, unless they are at hand (TUF 5.6).
 *
 * @param parent the role that delegates to all of them; already in the state
 * @throws VouchsafeError `trust.*`, `transfer.*`, `repository.missing`
 */
export async function takeRoles(
  state: Restored,
  roles: readonly string[],
  parent: string,
  sources: RoleSources,
  reading: Reading,
): Promise<Restored> {
  const taken: Awaited<ReturnType<typeof takeRole>>[] = [];
  for (let start = 0; start < roles.length; start += parallel) {
    const some = roles.slice(start, start + parallel);
    const reads = some.map((role) => takeRole(state, role, parent, sources, reading));
    taken.push(...(await Promise.all(reads)));
  }
  return {
    set: withTargets(
      state.set,
      taken.map(({ role, targets }) => [role, targets] as const),
    ),
    files: new Map([...state.files, ...taken.map(({ role, bytes }) => [role, bytes] as const)]),
  };
}

/** One role that a refresh accepted, and the state with it. */
export interface RefreshStep {
  readonly role: TopLevelRole;
  readonly state: Restored;
}

/**
 * The client workflow (TUF 5.3 to 5.6) as the steps by which trust grows. Whoever runs it keeps
 * what each step accepted, or refuses it, before the next begins.
 *
 * @param timestamp gives the bytes of timestamp.json, once the roots are walked (5.4.1)
 * @param timestampReading for whoever judges the freshness of the timestamp himself
 * @throws VouchsafeError `trust.*`, `transfer.*`, `repository.missing`
 */
export async function* refreshSteps(
  start: Restored,
  timestamp: () => Promise<Buffer>,
  sources: RoleSources,
  reading: Reading,
  timestampReading: Reading = reading,
): AsyncGenerator<RefreshStep, void, undefined> {
  let state = start;
  for await (state of walkRoots(start, sources.fetcher, reading)) yield { role: "root", state };
  checkExpiry(state.set.root, reading.now); // 5.3.10
  state = takeTimestamp(state, await timestamp(), timestampReading);
  yield { role: "timestamp", state };
  state = await takeSnapshot(state, sources, reading);
  yield { role: "snapshot", state };
  state = await takeRoles(state, ["targets"], "root", sources, reading);
  yield { role: "targets", state };
}

/** Whether two states hold the same files. */
export function sameFiles(a: Restored["files"], b: Restored["files"]): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  return [...a].every(([role, bytes]) => {
    const other = b.get(role);
    return other !== undefined && (other === bytes || sha256(other) === sha256(bytes));
  });
}
