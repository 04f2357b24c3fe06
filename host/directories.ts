/** Directories of state: made durably, removed without ever following a link. */
import { dirname, join } from "node:path";
import { errnoOf } from "../protocol/errors.ts";
import { diskError } from "./disk-error.ts";
import type { FileStat, FileSystem } from "./file-system.ts";

/** What lies at a path, not following a link; undefined if nothing does. */
export async function lstatIfExists(fs: FileSystem, path: string): Promise<FileStat | undefined> {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Makes a directory and all that is missing above it, each with `mode` whatever the umask, and
 * makes every new entry durable. One that exists is left as it is.
 * @throws VouchsafeError disk.*
 */
export async function makeDirDurable(fs: FileSystem, path: string, mode: number): Promise<void> {
  try {
    await makeMissing(fs, path, mode);
  } catch (error) {
    throw diskError("make the directory", path, error);
  }
}

async function makeMissing(fs: FileSystem, path: string, mode: number): Promise<void> {
  const parent = dirname(path);
  try {
    await fs.mkdir(path, mode);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" && parent !== path) {
      await makeMissing(fs, parent, mode);
      return makeMissing(fs, path, mode);
    }
    if (errno === "EEXIST" && (await fs.stat(path)).kind === "directory") return;
    throw error;
  }
  await fs.chmod(path, mode);
  await fs.syncDir(parent);
}

/**
 * Removes a path and everything below it; links are removed, never followed; sealed (read-only)
 * directories are opened first. Nothing there is fine.
 * @throws VouchsafeError disk.*
 */
export async function removeTree(fs: FileSystem, path: string): Promise<void> {
  try {
    await removeEntry(fs, path);
  } catch (error) {
    throw diskError("remove", path, error);
  }
}

async function removeEntry(fs: FileSystem, path: string): Promise<void> {
  const stat = await lstatIfExists(fs, path);
  if (stat === undefined) return;
  if (stat.kind !== "directory") return fs.unlink(path);
  if ((stat.mode & 0o700) !== 0o700) await fs.chmod(path, 0o700);
  for (const name of await fs.readdir(path)) await removeEntry(fs, join(path, name));
  await fs.rmdir(path);
}
