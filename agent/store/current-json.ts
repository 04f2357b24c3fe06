/** `current.json`: what `current` is, for programs and people; derived from the link on Unix. */

import { removeTree } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { type DatabasePlaces, type GenerationName, linkTarget } from "./layout.ts";
import type { Manifest } from "./manifest.ts";
import { encodeReleaseRef } from "./release-ref.ts";
import { writeStateFile } from "./state-file.ts";

/** Writes it for a generation, or removes it when there is none. Throws `disk.*`. */
export async function writeCurrentJson(
  fs: FileSystem,
  places: DatabasePlaces,
  current: { readonly name: GenerationName; readonly manifest: Manifest } | undefined,
): Promise<void> {
  if (current === undefined) return removeTree(fs, places.currentJson);
  const { name, manifest } = current;
  const value = {
    database: manifest.database,
    generation: name,
    path: linkTarget(name),
    release: { ...encodeReleaseRef(manifest.release), created: manifest.created },
    installedAt: manifest.installedAt,
  };
  await writeStateFile(fs, places.currentJson, value, 0o644);
}
