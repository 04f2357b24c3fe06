/** The folder that a release is made from: which files it has, and whether they hold still. */
import { join } from "node:path";
import { lstatIfExists } from "../../host/directories.ts";
import { diskError } from "../../host/disk-error.ts";
import type { FileStat, FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { checkPath, checkPaths } from "../../protocol/release/names.ts";

/** A file of the source folder. */
export interface SourceFile {
  /** Relative, with `/`. */
  readonly path: string;
  /** Absolute. */
  readonly location: string;
  readonly stat: FileStat;
}

const maxFiles = 100_000;

async function walk(
  fs: FileSystem,
  dir: string,
  prefix: string,
  found: SourceFile[],
): Promise<void> {
  for (const name of (await fs.readdir(dir)).toSorted()) {
    const path = `${prefix}${name}`;
    checkPath(path);
    const location = join(dir, name);
    const stat = await fs.lstat(location);
    if (stat.kind === "directory") await walk(fs, location, `${path}/`, found);
    else if (stat.kind === "file") found.push({ path, location, stat });
    else {
      const what = stat.kind === "symlink" ? "a symbolic link" : "no regular file";
      throw new VouchsafeError(
        "usage.input",
        `${location} is ${what}; a release takes only files.`,
      );
    }
    if (found.length > maxFiles) {
      throw new VouchsafeError("usage.input", `${dir} has more than ${maxFiles} files.`);
    }
  }
}

/**
 * The files of a folder, in the order of their paths.
 * @throws VouchsafeError usage.input, names.invalid, disk.*
 */
export async function readSourceTree(fs: FileSystem, dir: string): Promise<readonly SourceFile[]> {
  const found: SourceFile[] = [];
  if ((await lstatIfExists(fs, dir)) === undefined) {
    throw new VouchsafeError("usage.input", `${dir} does not exist.`);
  }
  try {
    if ((await fs.stat(dir)).kind !== "directory") {
      throw new VouchsafeError("usage.input", `${dir} is not a folder.`);
    }
    await walk(fs, dir, "", found);
  } catch (error) {
    throw diskError("read", dir, error);
  }
  if (found.length === 0) throw new VouchsafeError("usage.input", `${dir} has no files.`);
  checkPaths(found.map(({ path }) => path));
  return found;
}

/** Whether a file is still the one that was seen. */
export function isSameFile(before: FileStat, after: FileStat): boolean {
  return (
    before.kind === after.kind &&
    before.ino === after.ino &&
    before.size === after.size &&
    before.mtimeMs === after.mtimeMs
  );
}

/** The error for a file that did not hold still. */
export function changedUnderUs(path: string): VouchsafeError {
  return new VouchsafeError("usage.input", `${path} changed while it was being copied.`);
}

/** Throws usage.input if the folder does not hold exactly the files that were seen. */
export async function checkStillSame(
  fs: FileSystem,
  dir: string,
  before: readonly SourceFile[],
): Promise<void> {
  const after = new Map((await readSourceTree(fs, dir)).map((file) => [file.path, file.stat]));
  for (const { path, location, stat } of before) {
    const now = after.get(path);
    if (now === undefined || !isSameFile(stat, now)) throw changedUnderUs(location);
    after.delete(path);
  }
  for (const path of after.keys()) throw changedUnderUs(join(dir, path));
}
