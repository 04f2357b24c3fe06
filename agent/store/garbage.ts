/**
 * Which generations may go, and their removal. Current, previous and whatever a journal names are
 * resolved first and never touched.
 */
import { diskError } from "../../host/disk-error.ts";
import { lstatIfExists, removeTree } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { type DatabasePlaces, type GenerationName, versionOf } from "./layout.ts";

/** What the choice depends on. */
export interface GarbageFacts {
  readonly folders: readonly GenerationName[];
  /** Never removed. */
  readonly pinned: ReadonlySet<GenerationName>;
  /** Generations to keep, pinned ones among them. */
  readonly keep: number;
}

/** The generations to remove: all but the pinned and the newest others, up to `keep`. */
export function garbageOf({ folders, pinned, keep }: GarbageFacts): readonly GenerationName[] {
  const held = folders.filter((name) => pinned.has(name));
  const others = folders
    .filter((name) => !pinned.has(name))
    .toSorted((a, b) => versionOf(b) - versionOf(a) || (a < b ? 1 : -1));
  return others.slice(Math.max(0, keep - held.length));
}

/**
 * Removes a generation. Its manifest goes first: a folder without one is no generation, so a
 * half-removed tree can never be taken for a whole one.
 *
 * @throws VouchsafeError `disk.*`
 */
export async function removeGeneration(
  fs: FileSystem,
  places: DatabasePlaces,
  name: GenerationName,
): Promise<void> {
  await removeManifest(fs, places, name);
  await removeTree(fs, places.generation(name));
}

/** Removes a manifest, durably. Nothing there is fine. Throws `disk.*`. */
export async function removeManifest(
  fs: FileSystem,
  places: DatabasePlaces,
  name: GenerationName,
): Promise<void> {
  const path = places.manifest(name);
  try {
    if ((await lstatIfExists(fs, path)) === undefined) return;
    await fs.unlink(path);
    await fs.syncDir(places.manifests);
  } catch (error) {
    throw diskError("remove", path, error);
  }
}
