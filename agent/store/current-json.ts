/**
 * `current.json`: what `current` is, for programs and people. On Unix it is derived from the link; on
 * Windows it is the truth, and the junction follows it.
 */
import { join } from "node:path";
import { removeTree } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { formatError, required, stringAt } from "../../protocol/tuf/fields.ts";
import {
  type DatabasePlaces,
  type GenerationName,
  generationOfLink,
  linkTarget,
} from "./layout.ts";
import type { Manifest } from "./manifest.ts";
import { encodeReleaseRef } from "./release-ref.ts";
import { readStateFile, writeStateFile } from "./state-file.ts";

const fileName = "current.json";
const maxBytes = 16_384;

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

/**
 * What `current.json` in a database's folder names, as the pointer's link says it; undefined if there
 * is none, or it is damaged. Throws `format.newer`, `disk.*`.
 */
export async function recordedTarget(
  fs: FileSystem,
  databaseDir: string,
): Promise<string | undefined> {
  const read = await readStateFile(fs, join(databaseDir, fileName), maxBytes, (object) => {
    const path = stringAt(required(object, "path", fileName), "path", 80);
    if (generationOfLink(path) === undefined) throw formatError("path", "names no generation");
    return path;
  });
  return read.kind === "ok" ? read.value : undefined;
}
