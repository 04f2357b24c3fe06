/**
 * The client workflow of TUF 1.0 §5 over a metadata fetcher, one function for each step. Takes
 * and returns immutable state; saves nothing.
 */
import { isSha256, type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { checkedLength, hashesMatch } from "../../protocol/tuf/hashes.ts";
import { limits } from "../../protocol/tuf/limits.ts";
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
import type { MetaFile, Targets } from "../../protocol/tuf/types.ts";
import type { Restored } from "./restore.ts";
import type { MetadataFetcher } from "./types.ts";

/** Adds a role's bytes. */
function withFile(files: Restored["files"], role: string, bytes: Buffer): Restored["files"] {
  return new Map([...files, [role, bytes]]);
}

/** Metadata paths of design.md: with a version where the snapshot is consistent (TUF 6.2). */
function metadataPath(role: string, version: number, consistent: boolean): string {
  const name = encodeURIComponent(role);
  return consistent ? `metadata/${version}.${name}.json` : `metadata/${name}.json`;
}

/**
 * Walks to the newest root (TUF 5.3). The last one must not be expired (5.3.10).
 *
 * @throws VouchsafeError `trust.*`, `transfer.*`
 */
export async function walkRoots(
  start: Restored,
  fetcher: MetadataFetcher,
  reading: Reading,
): Promise<Restored> {
  let state = start;
  for (let step = 0; step < limits.rootRotations; step += 1) {
    const path = `metadata/${state.set.root.version + 1}.root.json`;
    const answer = await fetcher.get(path, { maxBytes: limits.rootBytes });
    if (answer.status !== "ok") break;
    const set = updateRoot(state.set, answer.bytes, reading.strictness);
    const kept = set.timestamp === undefined ? new Map<string, Buffer>() : state.files;
    state = { set, files: withFile(kept, "root", answer.bytes) };
  }
  checkExpiry(state.set.root, reading.now);
  return state;
}

/** Takes a timestamp (TUF 5.4); the same state when it tells nothing new. */
export function takeTimestamp(state: Restored, bytes: Buffer, reading: Reading): Restored {
  const { set, changed } = updateTimestamp(state.set, bytes, reading);
  return changed ? { set, files: withFile(state.files, "timestamp", bytes) } : state;
}

async function fetchListed(
  fetcher: MetadataFetcher,
  role: string,
  listed: MetaFile,
  limit: number,
  consistent: boolean,
): Promise<Buffer> {
  const path = metadataPath(role, listed.version, consistent);
  const answer = await fetcher.get(path, { maxBytes: checkedLength(listed, limit) });
  if (answer.status === "ok") return answer.bytes;
  throw new VouchsafeError("repository.missing", `The repository has no ${path}.`);
}

/** Whether bytes at hand are certainly those that are listed: only digests can tell. */
function isListed(bytes: Buffer | undefined, listed: MetaFile): bytes is Buffer {
  return bytes !== undefined && listed.hashes !== undefined && hashesMatch(bytes, listed.hashes);
}

/** Fetches the snapshot that the timestamp names, unless it is at hand (TUF 5.5). */
export async function takeSnapshot(
  state: Restored,
  fetcher: MetadataFetcher,
  reading: Reading,
): Promise<Restored> {
  const { set, files } = state;
  const listed = set.timestamp?.snapshot;
  if (listed === undefined) throw new Error("a snapshot needs a timestamp first");
  const held = files.get("snapshot");
  const bytes = isListed(held, listed)
    ? held
    : await fetchListed(
        fetcher,
        "snapshot",
        listed,
        limits.snapshotBytes,
        set.root.consistentSnapshot,
      );
  const next = updateSnapshot(set, bytes, reading);
  return { set: next, files: withFile(files, "snapshot", bytes) };
}

/** Metadata already on disk, by digest; content is checked again by whoever asks. */
export type ReadKept = (digest: Sha256) => Promise<Buffer | undefined>;

/** Where targets roles come from. */
export interface RoleSources {
  readonly fetcher: MetadataFetcher;
  readonly kept: ReadKept;
}

/** How many metadata files are fetched at once. */
const parallel = 8;

async function takeRole(
  { set, files }: Restored,
  role: string,
  parent: string,
  sources: RoleSources,
  reading: Reading,
): Promise<{ readonly role: string; readonly bytes: Buffer; readonly targets: Targets }> {
  if (set.snapshot === undefined) throw new Error("a targets role needs a snapshot first");
  const listed = listedRole(set.snapshot, role);
  const digest = listed.hashes?.get("sha256");
  const loaded = files.get(role);
  const held =
    !isListed(loaded, listed) && digest !== undefined && isSha256(digest)
      ? await sources.kept(digest)
      : loaded;
  const known = isListed(held, listed);
  const consistent = set.root.consistentSnapshot;
  const bytes = known
    ? held
    : await fetchListed(sources.fetcher, role, listed, limits.targetsBytes, consistent);
  const strictness = known ? "native" : reading.strictness;
  const targets = readTargets(set, bytes, role, parent, { ...reading, strictness });
  return { role, bytes, targets };
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

/** Whether two states hold the same files. */
export function sameFiles(a: Restored["files"], b: Restored["files"]): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  return [...a].every(([role, bytes]) => {
    const other = b.get(role);
    return other !== undefined && (other === bytes || sha256(other) === sha256(bytes));
  });
}
