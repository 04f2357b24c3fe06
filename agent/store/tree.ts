/** The folder tree of a generation: made, sealed, walked. */
import { dirname, join } from "node:path";
import { diskError } from "../../host/disk-error.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { containedPath } from "./layout.ts";

/** Mode of a sealed folder: everybody may look, nobody may change. */
export const sealedDirMode = 0o555;
const openDirMode = 0o700;

/** Every folder that the paths need, parents before children, without the top. */
export function foldersOf(paths: Iterable<string>): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].toSorted((a, b) => a.split("/").length - b.split("/").length);
}

/**
 * Makes a new tree of empty folders that only the agent may enter; nothing of it need be durable
 * before it is sealed.
 *
 * @throws VouchsafeError `disk.*`; the top must not exist
 */
export async function makeTree(
  fs: FileSystem,
  top: string,
  folders: readonly string[],
): Promise<void> {
  try {
    await fs.mkdir(top, openDirMode);
    for (const folder of folders) await fs.mkdir(containedPath(top, folder), openDirMode);
  } catch (error) {
    throw diskError("make the folders of", top, error);
  }
}

/**
 * Seals a tree: every folder read-only for all, then durable, the deepest first, so that what a
 * folder names is on the disk before the folder is.
 *
 * Sealing comes before the rename to the generation's name. That works for any user: a folder
 * itself needs to be writable only if a rename changes its parent (rename(2), `..`).
 *
 * @throws VouchsafeError `disk.*`
 */
export async function sealTree(
  fs: FileSystem,
  top: string,
  folders: readonly string[],
): Promise<void> {
  const deepestFirst = [...folders].toReversed().map((folder) => containedPath(top, folder));
  try {
    for (const folder of [...deepestFirst, top]) {
      await fs.chmod(folder, sealedDirMode);
      await fs.syncDir(folder);
    }
  } catch (error) {
    throw diskError("seal", top, error);
  }
}

/** What lies in a tree: paths of folders and of everything else, relative, with `/`. */
export interface Listing {
  readonly folders: readonly string[];
  readonly entries: readonly string[];
}

/** Lists a tree without following links. Rejects with the operating system's own errors. */
export async function listTree(fs: FileSystem, top: string): Promise<Listing> {
  const folders: string[] = [];
  const entries: string[] = [];
  const pending = [""];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const name of await fs.readdir(join(top, folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if ((await fs.lstat(join(top, path))).kind === "directory") {
        folders.push(path);
        pending.push(path);
      } else {
        entries.push(path);
      }
    }
  }
  return { folders, entries };
}
