/**
 * What a relay hands out, by path: a map from the repository's own paths to files that were
 * verified. A request only ever looks something up in it; no name that came over the network
 * becomes a path on this machine. Pure.
 */
import type { Sha256 } from "../../protocol/bytes.ts";
import { targetLocation } from "../../protocol/release/encodings.ts";
import { containedPath, type GenerationName } from "../store/layout.ts";
import type { Manifest } from "../store/manifest.ts";
import type { DatabaseRecord } from "../store/record.ts";
import type { HeldTrust } from "../trust/held.ts";

/** A file that may be handed out. */
export interface Offer {
  /** On this machine, absolute. */
  readonly file: string;
  /** Bytes. */
  readonly length: number;
  readonly sha256: Sha256;
  readonly kind: "metadata" | "target";
  /** Time of the last change when it was sealed; another one means that somebody wrote to it. */
  readonly mtimeMs?: number;
  /** Not handed out from then on, milliseconds since 1970. */
  readonly expiresMs?: number;
}

/** Offers by path in the repository, without a leading slash. */
export type Catalog = ReadonlyMap<string, Offer>;

/** A generation that lies on the disk under its own name; staging folders are none. */
export interface StoredGeneration {
  readonly name: GenerationName;
  /** Its folder, absolute. */
  readonly dir: string;
  readonly manifest: Manifest;
}

/** A database as it lies on the disk. */
export interface StoredDatabase {
  readonly name: string;
  readonly record: Pick<DatabaseRecord, "current" | "previous" | "quarantine" | "tampered">;
  /** Whether no update is under way: nothing on the disk waits to be confirmed. */
  readonly settled: boolean;
  readonly generations: readonly StoredGeneration[];
}

/** The generations that were committed: current, previous, and those that are kept besides. */
export function committedOf({
  record,
  settled,
  generations,
}: StoredDatabase): readonly StoredGeneration[] {
  const failed = new Set(record.quarantine.map(({ release }) => release.digest));
  return generations.filter(({ name, manifest }) => {
    if (name === record.tampered) return false;
    if (name === record.current) return true;
    if (failed.has(manifest.release.digest)) return false;
    return settled || name === record.previous;
  });
}

/** The whole catalog. Without digests in its paths a repository's targets cannot be told apart. */
export function catalogOf(
  { metadata, consistent }: HeldTrust,
  databases: readonly StoredDatabase[],
): Catalog {
  const catalog = new Map<string, Offer>(
    metadata.map(({ path, ...held }) => [path, { ...held, kind: "metadata" }]),
  );
  if (!consistent) return catalog;
  for (const database of databases) {
    for (const { dir, manifest } of committedOf(database)) {
      for (const { path, length, sha256, mtimeMs } of manifest.files) {
        const location = targetLocation(`${database.name}/${path}`, sha256);
        const file = containedPath(dir, path);
        catalog.set(location, { file, length, sha256, mtimeMs, kind: "target" });
      }
    }
  }
  return catalog;
}
