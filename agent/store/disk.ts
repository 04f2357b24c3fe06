/** What the disk holds of a database: read once, then judged by pure functions. */
import { dirname } from "node:path";
import { diskError } from "../../host/disk-error.ts";
import { lstatIfExists, makeDirDurable, removeTemporaries } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Pointer } from "../platform/pointer.ts";
import {
  type DatabasePlaces,
  type GenerationName,
  generationOfLink,
  generationOfManifest,
  isGenerationName,
} from "./layout.ts";

/** Where `current` points. */
export type CurrentFact =
  | { readonly kind: "none" }
  /** A link to something that is no generation here. */
  | { readonly kind: "dangling" }
  | { readonly kind: "foreign" }
  | { readonly kind: "generation"; readonly name: GenerationName };

/** What lies on the disk, by name only. */
export interface DiskFacts {
  readonly current: CurrentFact;
  /** Folders in `generations/` that bear a generation's name. */
  readonly folders: readonly GenerationName[];
  /** Everything else in `generations/`: staging folders, and what is not ours. */
  readonly strays: readonly string[];
  /** Generations that have a manifest. */
  readonly manifests: readonly GenerationName[];
}

/** Makes the folders of a database. Throws `disk.*`. */
export async function makePlaces(fs: FileSystem, places: DatabasePlaces): Promise<void> {
  await makeDirDurable(fs, places.generations, 0o755);
  await makeDirDurable(fs, places.manifests, 0o700);
}

async function namesIn(fs: FileSystem, dir: string): Promise<string[]> {
  return (await lstatIfExists(fs, dir)) === undefined ? [] : fs.readdir(dir);
}

/** Reads the facts. Throws `disk.*`. */
export async function readDisk(
  fs: FileSystem,
  pointer: Pointer,
  places: DatabasePlaces,
): Promise<DiskFacts> {
  try {
    const names = await namesIn(fs, places.generations);
    const manifestNames = await namesIn(fs, places.manifests);
    const state = await pointer.read(places.dir);
    const folders = names.filter(isGenerationName);
    const manifests = manifestNames.map(generationOfManifest).filter((name) => name !== undefined);
    return {
      current: currentOf(state, folders, manifests),
      folders,
      strays: names.filter((name) => !isGenerationName(name)),
      manifests,
    };
  } catch (error) {
    throw diskError("look into", places.dir, error);
  }
}

function currentOf(
  state: Awaited<ReturnType<Pointer["read"]>>,
  folders: readonly GenerationName[],
  manifests: readonly GenerationName[],
): CurrentFact {
  if (state.kind !== "link") return state;
  const name = generationOfLink(state.target);
  if (name === undefined || !folders.includes(name) || !manifests.includes(name)) {
    return { kind: "dangling" };
  }
  return { kind: "generation", name };
}

/** Removes what interrupted durable writes left, beside the state and of a database. Throws `disk.*`. */
export async function sweepTemporaries(
  fs: FileSystem,
  state: string,
  places: DatabasePlaces,
): Promise<void> {
  try {
    for (const dir of [
      state,
      dirname(places.engine),
      places.dir,
      places.engine,
      places.manifests,
    ]) {
      await removeTemporaries(fs, dir);
    }
  } catch (error) {
    throw diskError("sweep", places.dir, error);
  }
}
