/**
 * The manifest of a generation: what its files must be. Written once, from verified metadata,
 * before the generation gets its name; a folder without one is no generation.
 */
import type { FileSystem } from "../../host/file-system.ts";
import type { Sha256 } from "../../protocol/bytes.ts";
import type { JsonObject, JsonValue } from "../../protocol/json.ts";
import { filesDigest } from "../../protocol/release/manifest.ts";
import { checkPaths } from "../../protocol/release/names.ts";
import {
  arrayAt,
  formatError,
  integerAt,
  objectAt,
  required,
  stringAt,
} from "../../protocol/tuf/fields.ts";
import type { DatabasePlaces, GenerationName } from "./layout.ts";
import { digestAt, encodeReleaseRef, parseReleaseRef, type ReleaseRef } from "./release-ref.ts";
import { readStateFile, type StateFile, writeStateFile } from "./state-file.ts";

/** One file of a generation. */
export interface ManifestFile {
  readonly path: string;
  readonly length: number;
  readonly sha256: Sha256;
  /** Time of the last change when it was sealed; another one means that somebody wrote to it. */
  readonly mtimeMs: number;
}

export interface Manifest {
  readonly database: string;
  readonly release: ReleaseRef;
  /** When the vendor made the release. */
  readonly created: string;
  readonly installedAt: string;
  readonly files: readonly ManifestFile[];
}

const maxBytes = 64_000_000;
const maxFiles = 200_000;

function parseFile(value: JsonValue): ManifestFile {
  const object = objectAt(value, "file");
  const mtimeMs = required(object, "mtimeMs", "file");
  if (typeof mtimeMs !== "number") throw formatError("file: mtimeMs", "is not a number");
  return {
    path: stringAt(required(object, "path", "file"), "file: path"),
    length: integerAt(required(object, "length", "file"), "file: length", 0),
    sha256: digestAt(required(object, "sha256", "file"), "file: sha256"),
    mtimeMs,
  };
}

function parse(object: JsonObject): Manifest {
  const where = "manifest";
  const files = arrayAt(required(object, "files", where), "files", maxFiles).map(parseFile);
  checkPaths(files.map(({ path }) => path));
  if (filesDigest(files) !== digestAt(required(object, "filesDigest", where), "filesDigest")) {
    throw formatError(where, "does not list the files that it was written for");
  }
  return {
    database: stringAt(required(object, "database", where), "database"),
    release: parseReleaseRef(required(object, "release", where)),
    created: stringAt(required(object, "created", where), "created", 32),
    installedAt: stringAt(required(object, "installedAt", where), "installedAt", 32),
    files,
  };
}

/** Reads a generation's manifest. Throws `format.newer`, `disk.*`. */
export function readManifest(
  fs: FileSystem,
  places: DatabasePlaces,
  generation: GenerationName,
): Promise<StateFile<Manifest>> {
  return readStateFile(fs, places.manifest(generation), maxBytes, parse);
}

/** Writes a generation's manifest, durably. Throws `disk.*`. */
export async function writeManifest(
  fs: FileSystem,
  places: DatabasePlaces,
  generation: GenerationName,
  manifest: Manifest,
): Promise<void> {
  const { database, release, created, installedAt, files } = manifest;
  const value = {
    database,
    release: encodeReleaseRef(release),
    created,
    installedAt,
    filesDigest: filesDigest(files),
    files: files.map(({ path, length, sha256, mtimeMs }) => ({ path, length, sha256, mtimeMs })),
  };
  await writeStateFile(fs, places.manifest(generation), value, 0o600);
}
