/**
 * The file system as a port. Everything that touches state takes a `FileSystem`, so that a test
 * can fail any call. `nodeFileSystem` is the real one: it maps calls one to one and suppresses
 * nothing.
 */
import type { BigIntStats, Stats } from "node:fs";
import * as fsp from "node:fs/promises";
import process from "node:process";

/** What a path is; `other` is a device, a socket or a pipe. */
export type FileKind = "file" | "directory" | "symlink" | "other";

/** What the programs need to know of a path. Sizes in bytes, times in ms since 1970. */
export interface FileStat {
  readonly kind: FileKind;
  readonly size: number;
  /** Permission bits only (`0o7777`). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly ino: number;
  readonly nlink: number;
  readonly mtimeMs: number;
}

/** Space on the volume that holds a path, in bytes. */
export interface VolumeSpace {
  /** What an unprivileged writer may still use. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** An open file. `position` null means "where the last call ended". */
export interface OpenFile {
  /** Reads up to `length` bytes into `buffer` at `offset`; returns how many, 0 at the end. */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<number>;
  /** Writes up to `length` bytes; returns how many were taken, which may be fewer. */
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<number>;
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  stat(): Promise<FileStat>;
  chmod(mode: number): Promise<void>;
  close(): Promise<void>;
}

/** How a file is opened; `wx` fails if it exists. */
export type OpenFlags = "r" | "wx" | "a" | "r+";

/** The port. Every call rejects with the operating system's own error. */
export interface FileSystem {
  open(path: string, flags: OpenFlags, mode?: number): Promise<OpenFile>;
  readFile(path: string): Promise<Buffer>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  readlink(path: string): Promise<string>;
  link(existing: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string, mode: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  lstat(path: string): Promise<FileStat>;
  stat(path: string): Promise<FileStat>;
  chmod(path: string, mode: number): Promise<void>;
  /** Makes the entries of a directory durable. Windows has no such call: there it does nothing. */
  syncDir(path: string): Promise<void>;
  statfs(path: string): Promise<VolumeSpace>;
}

function kindOf(stats: Stats | BigIntStats): FileKind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : "other";
}

function toFileStat(stats: Stats): FileStat {
  const { size, uid, gid, ino, nlink, mtimeMs } = stats;
  return { kind: kindOf(stats), size, mode: stats.mode & 0o7777, uid, gid, ino, nlink, mtimeMs };
}

function toOpenFile(handle: fsp.FileHandle): OpenFile {
  return {
    read: async (buffer, offset, length, position) =>
      (await handle.read(buffer, offset, length, position)).bytesRead,
    write: async (buffer, offset, length, position) =>
      (await handle.write(buffer, offset, length, position)).bytesWritten,
    sync: () => handle.sync(),
    truncate: (length) => handle.truncate(length),
    stat: async () => toFileStat(await handle.stat()),
    chmod: (mode) => handle.chmod(mode),
    close: () => handle.close(),
  };
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await fsp.open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The operating system's file system. */
export const nodeFileSystem: FileSystem = {
  open: async (path, flags, mode) => toOpenFile(await fsp.open(path, flags, mode)),
  readFile: (path) => fsp.readFile(path),
  rename: (from, to) => fsp.rename(from, to),
  symlink: (target, path) => fsp.symlink(target, path),
  readlink: (path) => fsp.readlink(path),
  link: (existing, path) => fsp.link(existing, path),
  unlink: (path) => fsp.unlink(path),
  mkdir: async (path, mode) => {
    await fsp.mkdir(path, { mode });
  },
  rmdir: (path) => fsp.rmdir(path),
  readdir: (path) => fsp.readdir(path),
  lstat: async (path) => toFileStat(await fsp.lstat(path)),
  stat: async (path) => toFileStat(await fsp.stat(path)),
  chmod: (path, mode) => fsp.chmod(path, mode),
  syncDir: process.platform === "win32" ? async () => {} : syncDirectory,
  statfs: async (path) => {
    const { bavail, blocks, bsize } = await fsp.statfs(path);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
};
