/**
 * A file system in memory that knows what is durable: file data and modes since the last fsync of
 * the file, names since the last fsync of their directory. `afterPowerLoss` (power-loss.ts) makes
 * of it what a machine could find when it starts again. A property test holds it against the real
 * file system, call by call.
 */
import { basename, dirname, resolve } from "node:path";
import process from "node:process";
import type { FileStat, FileSystem, OpenFile, OpenFlags } from "../../host/file-system.ts";
import { errnoFailure as fail } from "./errno-failure.ts";
import {
  type Change,
  type DirectoryInode,
  type FileInode,
  find,
  type Inode,
  newDirectory,
  newFile,
  newLink,
  type PendingCall,
  tick,
} from "./simulated-inodes.ts";

/** The port, and what lies behind it. */
export interface SimulatedDisk extends FileSystem {
  readonly top: DirectoryInode;
  /** In the order of the calls. */
  readonly pending: readonly PendingCall[];
  /** Makes an empty folder a link, or lets a link lead elsewhere, in one step (a junction). */
  relink(target: string, path: string): void;
}

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

function statOf(inode: Inode): FileStat {
  const { kind, mode, ino, mtimeMs, links } = inode;
  const size = kind === "file" ? inode.bytes.length : 0;
  return { kind, size, mode, uid, gid, ino, nlink: links, mtimeMs };
}

function isWithin(top: DirectoryInode, dir: DirectoryInode): boolean {
  if (top === dir) return true;
  const below = [...top.entries.values()].filter((inode) => inode.kind === "directory");
  return below.some((inode) => isWithin(inode, dir));
}

function syncNames(pending: readonly PendingCall[], synced: DirectoryInode): PendingCall[] {
  // A call that is made durable takes with it what changed the same directories before.
  const dirs = new Set([synced]);
  const kept: PendingCall[] = [];
  const durable: PendingCall[] = [];
  for (const call of pending.toReversed()) {
    const touched = call.some(({ dir }) => dirs.has(dir));
    (touched ? durable : kept).unshift(call);
    if (touched) for (const { dir } of call) dirs.add(dir);
  }
  for (const { dir, name, to } of durable.flat()) {
    if (to === undefined) dir.durableEntries.delete(name);
    else dir.durableEntries.set(name, to);
  }
  return kept;
}

/** @param top the root directory; what it holds is taken to be durable as its inodes say */
export function simulatedDisk(top: DirectoryInode = newDirectory(0o755)): SimulatedDisk {
  let pending: PendingCall[] = [];

  const directoryAt = (path: string): DirectoryInode => {
    const inode = find(top, path, true);
    return inode.kind === "directory" ? inode : fail("ENOTDIR", path);
  };
  const entry = (path: string) => {
    const dir = directoryAt(dirname(path));
    return { dir, name: basename(path), found: dir.entries.get(basename(path)) };
  };
  const apply = (call: readonly Change[]): void => {
    for (const { dir, name, to } of call) {
      if (to === undefined) dir.entries.delete(name);
      else dir.entries.set(name, to);
    }
    pending.push(call);
  };
  const make = (path: string, inode: Inode): void => {
    const { dir, name, found } = entry(path);
    if (found !== undefined) fail("EEXIST", path);
    apply([{ dir, name, to: inode }]);
  };
  const chmod = (inode: Inode, mode: number): void => {
    inode.mode = mode;
  };
  const syncInode = (inode: Inode): void => {
    inode.durableMode = inode.mode;
    inode.durableMtimeMs = inode.mtimeMs;
    if (inode.kind === "file") inode.durableBytes = inode.bytes;
  };

  function opened(file: FileInode, appends: boolean): OpenFile {
    let place = 0;
    return {
      read: async (buffer, offset, length, position) => {
        const from = position ?? place;
        const count = file.bytes.copy(buffer, offset, from, from + length);
        if (position === null) place += count;
        return count;
      },
      write: async (buffer, offset, length, position) => {
        const from = appends ? file.bytes.length : (position ?? place);
        const next = Buffer.alloc(Math.max(file.bytes.length, from + length));
        file.bytes.copy(next);
        next.set(buffer.subarray(offset, offset + length), from);
        file.bytes = next;
        file.mtimeMs = tick();
        if (position === null) place = from + length;
        return length;
      },
      sync: async () => syncInode(file),
      truncate: async (length) => {
        const next = Buffer.alloc(length);
        file.bytes.copy(next);
        file.bytes = next;
        file.mtimeMs = tick();
      },
      stat: async () => statOf(file),
      chmod: async (mode) => chmod(file, mode),
      close: async () => undefined,
    };
  }

  function openFile(path: string, flags: OpenFlags, mode: number, links = 40): OpenFile {
    const { found } = entry(path);
    if (flags === "wx" && found !== undefined) fail("EEXIST", path);
    if (found === undefined) {
      if (flags === "r" || flags === "r+") fail("ENOENT", path);
      const file = newFile(mode);
      make(path, file);
      return opened(file, flags === "a");
    }
    if (found.kind === "symlink") {
      if (links === 0) fail("ELOOP", path);
      return openFile(resolve(dirname(path), found.target), flags, mode, links - 1);
    }
    if (found.kind !== "file") return fail("EISDIR", path);
    return opened(found, flags === "a");
  }

  function rename(from: string, to: string): void {
    const source = entry(from);
    const moved = source.found ?? fail("ENOENT", from);
    const target = entry(to);
    const { found } = target;
    if (found === moved) return; // two names of one file: rename(2) does nothing
    if (moved.kind === "directory" && isWithin(moved, target.dir)) fail("EINVAL", to);
    if (found?.kind === "directory") {
      if (moved.kind !== "directory") fail("EISDIR", to);
      if (found.entries.size > 0) fail("ENOTEMPTY", to);
    } else if (found !== undefined) {
      if (moved.kind === "directory") fail("ENOTDIR", to);
      found.links -= 1;
    }
    apply([
      { dir: source.dir, name: source.name, to: undefined },
      { dir: target.dir, name: target.name, to: moved },
    ]);
  }

  return {
    top,
    get pending() {
      return pending;
    },
    open: async (path, flags, mode = 0o666) => openFile(path, flags, mode),
    readFile: async (path) => {
      const inode = find(top, path, true);
      return inode.kind === "file" ? Buffer.from(inode.bytes) : fail("EISDIR", path);
    },
    rename: async (from, to) => rename(from, to),
    symlink: async (target, path) => make(path, newLink(target)),
    readlink: async (path) => {
      const inode = find(top, path, false);
      return inode.kind === "symlink" ? inode.target : fail("EINVAL", path);
    },
    link: async (existing, path) => {
      const inode = find(top, existing, false);
      if (entry(path).found !== undefined) fail("EEXIST", path);
      if (inode.kind === "directory") fail("EPERM", existing);
      make(path, inode);
      inode.links += 1;
    },
    unlink: async (path) => {
      const { dir, name, found } = entry(path);
      if (found === undefined) return fail("ENOENT", path);
      if (found.kind === "directory") return fail("EISDIR", path);
      found.links -= 1;
      apply([{ dir, name, to: undefined }]);
    },
    mkdir: async (path, mode) => make(path, newDirectory(mode)),
    rmdir: async (path) => {
      const { dir, name, found } = entry(path);
      if (found === undefined) return fail("ENOENT", path);
      if (found.kind !== "directory") return fail("ENOTDIR", path);
      if (found.entries.size > 0) fail("ENOTEMPTY", path);
      apply([{ dir, name, to: undefined }]);
    },
    readdir: async (path) => [...directoryAt(path).entries.keys()].toSorted(),
    lstat: async (path) => statOf(find(top, path, false)),
    stat: async (path) => statOf(find(top, path, true)),
    chmod: async (path, mode) => chmod(find(top, path, true), mode),
    syncDir: async (path) => {
      const dir = directoryAt(path);
      syncInode(dir);
      pending = syncNames(pending, dir);
    },
    statfs: async () => ({ freeBytes: 1e12, totalBytes: 1e12 }),
    relink: (target, path) => {
      const { dir, name, found } = entry(path);
      if (found === undefined) fail("ENOENT", path);
      if (found?.kind === "directory" && found.entries.size > 0) fail("ENOTEMPTY", path);
      if (found?.kind === "file") fail("ENOTDIR", path);
      apply([{ dir, name, to: newLink(target) }]);
    },
  };
}
