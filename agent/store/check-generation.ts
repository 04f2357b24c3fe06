/** Whether a generation is still what was installed: in full by hash, or at a glance. */
import { diskError } from "../../host/disk-error.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { errnoOf } from "../../protocol/errors.ts";
import { containedPath } from "./layout.ts";
import type { Manifest, ManifestFile } from "./manifest.ts";
import { foldersOf, type Listing, listTree } from "./tree.ts";
import { sealedFileMode, verifyFile } from "./verified-file.ts";

/** One thing that is not as it should be. */
export interface Deviation {
  /** Relative to the generation; empty for the generation itself. */
  readonly path: string;
  readonly problem: "missing" | "changed" | "unexpected";
}

const batch = 64;

/**
 * Looks at kind, size, mode and time of every file and reads none: enough to notice a careless
 * change at every check without reading the database. Paths of files that deviate.
 *
 * @throws VouchsafeError `disk.*`; what is missing is no error
 */
export async function glance(
  fs: FileSystem,
  dir: string,
  files: readonly ManifestFile[],
): Promise<ReadonlySet<string>> {
  const suspects = new Set<string>();
  const look = async (file: ManifestFile): Promise<void> => {
    try {
      const stat = await fs.lstat(containedPath(dir, file.path));
      const same =
        stat.kind === "file" &&
        stat.size === file.length &&
        stat.mode === sealedFileMode &&
        stat.mtimeMs === file.mtimeMs;
      if (!same) suspects.add(file.path);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== "ENOENT" && errno !== "ENOTDIR") throw diskError("look into", dir, error);
      suspects.add(file.path);
    }
  };
  for (let start = 0; start < files.length; start += batch) {
    await Promise.all(files.slice(start, start + batch).map(look));
  }
  return suspects;
}

/** Only what is surely not there is missing: a disk that fails to answer condemns nothing. */
async function present(fs: FileSystem, path: string): Promise<boolean> {
  try {
    await fs.lstat(path);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return false;
    throw diskError("look at", path, error);
  }
}

async function list(fs: FileSystem, dir: string): Promise<Listing> {
  try {
    return await listTree(fs, dir);
  } catch (error) {
    throw diskError("look into", dir, error);
  }
}

/**
 * Reads every file of a generation and compares it with its signed hash; names what is too much
 * as well. Empty when all is well.
 *
 * @param onFile told after each file
 * @throws VouchsafeError `disk.*`
 */
export async function deviationsOf(
  fs: FileSystem,
  dir: string,
  manifest: Manifest,
  onFile: (file: ManifestFile) => void = () => undefined,
): Promise<readonly Deviation[]> {
  const deviations: Deviation[] = [];
  if (!(await present(fs, dir))) return [{ path: "", problem: "missing" }];
  for (const file of manifest.files) {
    const path = containedPath(dir, file.path);
    if ((await verifyFile(fs, path, file)) === undefined) {
      const problem = (await present(fs, path)) ? "changed" : "missing";
      deviations.push({ path: file.path, problem });
    }
    onFile(file);
  }
  const files = new Set(manifest.files.map(({ path }) => path));
  const folders = new Set(foldersOf(files));
  const listing = await list(fs, dir);
  for (const path of [
    ...listing.entries.filter((entry) => !files.has(entry)),
    ...listing.folders.filter((folder) => !folders.has(folder)),
  ]) {
    deviations.push({ path, problem: "unexpected" });
  }
  return deviations;
}
