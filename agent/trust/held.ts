/**
 * The metadata that the trust store holds, by its paths in the repository: for whoever hands it on.
 * Signatures and digests are checked again, nothing is changed, and no network is asked.
 */
import type { FileSystem } from "../../host/file-system.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import type { TrustedSet } from "../../protocol/tuf/trusted-set.ts";
import { openStored } from "./open-stored.ts";
import { blobPath, readBlob, type StorePlaces } from "./store.ts";
import { metadataPath } from "./workflow.ts";

/** One metadata file. */
export interface HeldMetadata {
  /** In the repository, such as `metadata/41.daily.json`. */
  readonly path: string;
  /** On this machine. */
  readonly file: string;
  readonly sha256: Sha256;
  readonly length: number;
  /** The timestamp's expiry, milliseconds since 1970; the others are what a snapshot lists. */
  readonly expiresMs?: number;
}

/** What the store holds. */
export interface HeldTrust {
  readonly metadata: readonly HeldMetadata[];
  /** Whether targets are prefixed with their digest (TUF 6.2). */
  readonly consistent: boolean;
}

interface Listed {
  readonly path: string;
  readonly digest: Sha256;
  readonly expiresMs?: number;
}

/** Roles that the snapshot lists, as far as the store has the very bytes. */
function listedRoles(
  { root, snapshot }: TrustedSet,
  digestOf: (role: string) => Sha256 | undefined,
): readonly Listed[] {
  return [...(snapshot?.meta ?? [])].flatMap(([name, { version, hashes }]) => {
    const role = name.replace(/\.json$/, "");
    const digest = digestOf(role);
    const listed = hashes?.get("sha256");
    if (digest === undefined || (listed !== undefined && listed !== digest)) return [];
    return [{ path: metadataPath(role, version, root.consistentSnapshot), digest }];
  });
}

/**
 * Reads what the store holds.
 *
 * @param rootBytes the bootstrap root
 * @throws VouchsafeError `trust.root`, `format.newer`, `disk.*`
 */
export async function readHeldTrust(
  fs: FileSystem,
  places: StorePlaces,
  rootBytes: Uint8Array,
): Promise<HeldTrust> {
  const { ours, restored } = await openStored(fs, places, rootBytes);
  if (ours === undefined) return { metadata: [], consistent: true };
  const { set, files } = restored;
  const { root, timestamp, snapshot } = set;
  const digestOf = (role: string): Sha256 | undefined => {
    const bytes = files.get(role);
    return bytes === undefined ? ours.kept.get(role) : sha256(bytes);
  };
  const top = (role: string, path: string, expires?: string): readonly Listed[] => {
    const digest = digestOf(role);
    const expiry = expires === undefined ? {} : { expiresMs: Date.parse(expires) };
    return digest === undefined ? [] : [{ path, digest, ...expiry }];
  };
  const listed = [
    ...top("root", `metadata/${root.version}.root.json`),
    ...(timestamp ? top("timestamp", "metadata/timestamp.json", timestamp.expires) : []),
    ...(snapshot
      ? top("snapshot", metadataPath("snapshot", snapshot.version, root.consistentSnapshot))
      : []),
    ...listedRoles(set, digestOf),
  ];
  const metadata: HeldMetadata[] = [];
  for (const { path, digest, expiresMs } of listed) {
    const bytes = await readBlob(fs, places.dir, digest);
    if (bytes === undefined) continue;
    metadata.push({
      path,
      file: blobPath(places.dir, digest),
      sha256: digest,
      length: bytes.length,
      ...(expiresMs === undefined ? {} : { expiresMs }),
    });
  }
  return { metadata, consistent: root.consistentSnapshot };
}
