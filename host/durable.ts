/**
 * Durable files: after one of these calls returns, its effect survives a power cut; if it is
 * interrupted, the old content is whole. All state of all programs is written through here.
 */
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { errnoOf, VouchsafeError } from "../protocol/errors.ts";
import { diskError } from "./disk-error.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";

export { readFileBounded, readFileIfExists } from "./bounded-read.ts";
export { lstatIfExists, makeDirDurable, removeTree } from "./directories.ts";

/** How a file is written. */
export interface WriteOptions {
  /** Permission bits of the new file, whatever the umask. */
  readonly mode: number;
  /** Refuse (disk.io, cause EEXIST) if the path exists already. */
  readonly exclusive?: boolean;
  /** False for what need not survive a power cut, only the end of this process. */
  readonly flush?: boolean;
}

const temporaryName = /^\.[^/]+\.[0-9a-f]{16}\.tmp$/;

/** Removes what interrupted calls of `writeFileDurable` left in a directory; returns how many. */
export async function removeTemporaries(fs: FileSystem, dir: string): Promise<number> {
  const names = (await fs.readdir(dir)).filter((name) => temporaryName.test(name));
  for (const name of names) await fs.unlink(join(dir, name));
  return names.length;
}

/** Writes all of `bytes` at the file's position, however short the single writes are. */
export async function writeFully(file: OpenFile, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += await file.write(bytes, done, bytes.length - done, null);
}

async function writeTemporary(
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
  { mode, flush = true }: WriteOptions,
): Promise<void> {
  const file = await fs.open(path, "wx", mode & 0o700);
  try {
    await writeFully(file, bytes);
    await file.chmod(mode);
    if (flush) await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Writes a file so that its path holds either the old bytes or all the new ones: a temporary
 * beside it, fsync, rename (or link, if exclusive), fsync of the directory.
 * @throws VouchsafeError disk.full, disk.permission, disk.io
 */
export async function writeFileDurable(
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<void> {
  const dir = dirname(path);
  const temporary = join(dir, `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
  try {
    await writeTemporary(fs, temporary, bytes, options);
    if (options.exclusive === true) {
      await fs.link(temporary, path);
      await fs.unlink(temporary);
    } else {
      await fs.rename(temporary, path);
    }
    if (options.flush !== false) await fs.syncDir(dir);
  } catch (error) {
    // The first error is the one to tell; a temporary that cannot be removed is swept later.
    await fs.unlink(temporary).catch(() => undefined);
    throw diskError("write", path, error);
  }
}

async function endsMidLine(fs: FileSystem, path: string, size: number): Promise<boolean> {
  if (size === 0) return false;
  const file = await fs.open(path, "r");
  try {
    const last = new Uint8Array(1);
    return (await file.read(last, 0, 1, size - 1)) === 1 && last[0] !== 0x0a;
  } finally {
    await file.close();
  }
}

/**
 * Appends one line and makes it durable. A line that an earlier crash cut short is ended first,
 * so that it can never swallow the new one.
 * @param line without its line end
 * @throws VouchsafeError disk.*
 */
export async function appendLineDurable(
  fs: FileSystem,
  path: string,
  line: string,
  { mode }: { readonly mode: number },
): Promise<void> {
  if (line.includes("\n")) {
    throw new VouchsafeError("internal.unexpected", "A line for a log holds a line break.");
  }
  try {
    const size = await sizeIfExists(fs, path);
    const torn = size !== undefined && (await endsMidLine(fs, path, size));
    const file = await fs.open(path, "a", mode);
    try {
      if (size === undefined) await file.chmod(mode);
      await writeFully(file, Buffer.from(`${torn ? "\n" : ""}${line}\n`, "utf8"));
      await file.sync();
    } finally {
      await file.close();
    }
    if (size === undefined) await fs.syncDir(dirname(path));
  } catch (error) {
    throw diskError("append to", path, error);
  }
}

async function sizeIfExists(fs: FileSystem, path: string): Promise<number | undefined> {
  try {
    return (await fs.stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
