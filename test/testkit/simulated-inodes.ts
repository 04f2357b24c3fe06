/**
 * What a simulated disk is made of. Everything exists twice: as programs see it now, and as it is
 * durable, that is, as it would be found if the power went this moment and no write had made it by
 * chance.
 */
import { errnoFailure } from "./errno-failure.ts";

interface Common {
  readonly ino: number;
  mode: number;
  durableMode: number;
  mtimeMs: number;
  durableMtimeMs: number;
  links: number;
}

export interface FileInode extends Common {
  readonly kind: "file";
  bytes: Buffer;
  durableBytes: Buffer;
}

export interface DirectoryInode extends Common {
  readonly kind: "directory";
  entries: Map<string, Inode>;
  durableEntries: Map<string, Inode>;
}

export interface LinkInode extends Common {
  readonly kind: "symlink";
  /** Durable with the entry that names it. */
  readonly target: string;
}

export type Inode = FileInode | DirectoryInode | LinkInode;

/** One name of one directory, and what it names from then on; undefined for nothing. */
export interface Change {
  readonly dir: DirectoryInode;
  readonly name: string;
  readonly to: Inode | undefined;
}

/** Changes of names that no fsync has made durable; all changes of one call, such as a rename, go together. */
export type PendingCall = readonly Change[];

let ticks = 1_700_000_000_000;

/** A time of change that no other inode of any disk has; it numbers inodes as well. */
export function tick(): number {
  ticks += 1;
  return ticks;
}

function common(mode: number): Common {
  const at = tick();
  return { ino: at, mode, durableMode: mode, mtimeMs: at, durableMtimeMs: at, links: 1 };
}

export function newFile(mode: number): FileInode {
  const empty = Buffer.alloc(0);
  return { ...common(mode), kind: "file", bytes: empty, durableBytes: empty };
}

export function newDirectory(mode: number): DirectoryInode {
  return { ...common(mode), kind: "directory", entries: new Map(), durableEntries: new Map() };
}

export function newLink(target: string): LinkInode {
  return { ...common(0o777), kind: "symlink", target };
}

const maxLinks = 40;

/** Follows a path from the top; links on the way, and at its end if asked, are followed. */
export function find(top: DirectoryInode, path: string, followLast: boolean, links = 0): Inode {
  if (links > maxLinks) errnoFailure("ELOOP", path);
  const parts = path.split("/").filter((part) => part !== "");
  let at: Inode = top;
  const walked: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (at.kind !== "directory") return errnoFailure("ENOTDIR", path);
    const next: Inode | undefined = at.entries.get(part);
    if (next === undefined) return errnoFailure("ENOENT", path);
    const isLast = index === parts.length - 1;
    if (next.kind === "symlink" && (!isLast || followLast)) {
      const target = next.target.startsWith("/")
        ? next.target
        : `/${[...walked, next.target].join("/")}`;
      return find(top, [target, ...parts.slice(index + 1)].join("/"), followLast, links + 1);
    }
    at = next;
    walked.push(part);
  }
  return at;
}
