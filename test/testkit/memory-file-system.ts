/**
 * A file system in memory: files and directories, no links. Quick enough for thousands of trust
 * stores, and a whole state can be copied to look at what a crash would leave.
 */
import { dirname } from "node:path";
import type { FileKind, FileStat, FileSystem, OpenFile } from "../../host/file-system.ts";

/** What lies at a path. */
interface Node {
  readonly kind: Extract<FileKind, "file" | "directory">;
  mode: number;
  bytes: Buffer;
}

/** The port, and the files behind it. */
export interface MemoryFileSystem extends FileSystem {
  /** A copy of every file's bytes, by path. */
  files(): Map<string, Buffer>;
  /** Replaces all files; directories are made as they are needed. */
  reset(files: ReadonlyMap<string, Buffer>): void;
}

function fail(errno: string, path: string): never {
  throw Object.assign(new Error(`${errno}: ${path}`), { code: errno });
}

const unsupported = (path: string): Promise<never> =>
  Promise.reject(new Error(`no links: ${path}`));

/** An empty file system whose root is `/`. */
export function memoryFileSystem(): MemoryFileSystem {
  const nodes = new Map<string, Node>();
  const directory = (): Node => ({ kind: "directory", mode: 0o700, bytes: Buffer.alloc(0) });
  nodes.set("/", directory());

  const at = (path: string): Node => nodes.get(path) ?? fail("ENOENT", path);
  const inDirectory = (path: string): void => {
    if (at(dirname(path)).kind !== "directory") fail("ENOTDIR", path);
  };
  const statOf = ({ kind, mode, bytes }: Node): FileStat => ({
    kind,
    size: bytes.length,
    mode,
    uid: 0,
    gid: 0,
    ino: 0,
    nlink: 1,
    mtimeMs: 0,
  });
  const children = (path: string): string[] =>
    [...nodes.keys()]
      .filter((other) => other !== "/" && dirname(other) === path)
      .map((other) => other.slice(path === "/" ? 1 : path.length + 1));

  function opened(node: Node, start: number): OpenFile {
    let place = start;
    return {
      read: async (buffer, offset, length, position) => {
        const from = position ?? place;
        const count = node.bytes.copy(buffer, offset, from, from + length);
        if (position === null) place += count;
        return count;
      },
      write: async (buffer, offset, length, position) => {
        const from = position ?? place;
        const end = Math.max(node.bytes.length, from + length);
        const next = Buffer.alloc(end);
        node.bytes.copy(next);
        next.set(buffer.subarray(offset, offset + length), from);
        node.bytes = next;
        if (position === null) place += length;
        return length;
      },
      sync: async () => {},
      truncate: async (length) => {
        node.bytes = Buffer.concat([node.bytes], length);
      },
      stat: async () => statOf(node),
      chmod: async (mode) => {
        node.mode = mode;
      },
      close: async () => {},
    };
  }

  return {
    open: async (path, flags, mode = 0o600) => {
      const found = nodes.get(path);
      if (found === undefined) {
        if (flags === "r" || flags === "r+") fail("ENOENT", path);
        inDirectory(path);
        const made: Node = { kind: "file", mode, bytes: Buffer.alloc(0) };
        nodes.set(path, made);
        return opened(made, 0);
      }
      if (flags === "wx") fail("EEXIST", path);
      if (found.kind === "directory") fail("EISDIR", path);
      return opened(found, flags === "a" ? found.bytes.length : 0);
    },
    readFile: async (path) => Buffer.from(at(path).bytes),
    rename: async (from, to) => {
      const node = at(from);
      inDirectory(to);
      if (node.kind === "directory" || nodes.get(to)?.kind === "directory") fail("EISDIR", to);
      nodes.delete(from);
      nodes.set(to, node);
    },
    symlink: (_target, path) => unsupported(path),
    readlink: unsupported,
    link: async (existing, path) => {
      const node = at(existing);
      if (nodes.has(path)) fail("EEXIST", path);
      inDirectory(path);
      nodes.set(path, node);
    },
    unlink: async (path) => {
      if (at(path).kind === "directory") fail("EISDIR", path);
      nodes.delete(path);
    },
    mkdir: async (path, mode) => {
      if (nodes.has(path)) fail("EEXIST", path);
      inDirectory(path);
      nodes.set(path, { ...directory(), mode });
    },
    rmdir: async (path) => {
      if (at(path).kind !== "directory") fail("ENOTDIR", path);
      if (children(path).length > 0) fail("ENOTEMPTY", path);
      nodes.delete(path);
    },
    readdir: async (path) => {
      if (at(path).kind !== "directory") fail("ENOTDIR", path);
      return children(path);
    },
    lstat: async (path) => statOf(at(path)),
    stat: async (path) => statOf(at(path)),
    chmod: async (path, mode) => {
      at(path).mode = mode;
    },
    syncDir: async () => {},
    statfs: async () => ({ freeBytes: 1e12, totalBytes: 1e12 }),
    files: () =>
      new Map(
        [...nodes]
          .filter(([, { kind }]) => kind === "file")
          .map(([path, { bytes }]) => [path, Buffer.from(bytes)] as const),
      ),
    reset: (files) => {
      for (const path of nodes.keys()) if (path !== "/") nodes.delete(path);
      for (const [path, bytes] of files) {
        for (let dir = dirname(path); !nodes.has(dir); dir = dirname(dir))
          nodes.set(dir, directory());
        nodes.set(path, { kind: "file", mode: 0o600, bytes: Buffer.from(bytes) });
      }
    },
  };
}
