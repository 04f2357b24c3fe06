/**
 * What a simulated disk could hold when the machine starts again after the power went: everything
 * that an fsync made durable, and of the rest whatever made it by chance. Names may be there
 * without the data, data may be torn, and calls without an fsync between them in any mixture; only
 * one call, such as a rename, is never done by half.
 */
import { type SimulatedDisk, simulatedDisk } from "./simulated-disk.ts";
import type { DirectoryInode, FileInode, Inode, PendingCall } from "./simulated-inodes.ts";

/** Numbers in [0, 1), always the same for a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How much of what was not fsynced survives. */
export const survivals = [
  "nothing",
  "names without data",
  "data without names",
  "a mixture",
] as const;
export type Survival = (typeof survivals)[number];

function survivingCalls(
  pending: readonly PendingCall[],
  survival: Survival,
  random: () => number,
): readonly PendingCall[] {
  switch (survival) {
    case "nothing":
    case "data without names":
      return [];
    case "names without data":
      return pending;
    case "a mixture":
      return pending.filter(() => random() < 0.5);
  }
}

function tornBytes({ bytes, durableBytes }: FileInode, random: () => number): Buffer {
  let same = 0;
  while (same < durableBytes.length && bytes[same] === durableBytes[same]) same += 1;
  const cut = same + Math.floor(random() * (bytes.length - same + 1));
  const torn = Buffer.alloc(random() < 0.5 ? cut : bytes.length); // zeros where nothing was written
  bytes.copy(torn, 0, 0, cut);
  return torn;
}

function survivingBytes(file: FileInode, survival: Survival, random: () => number): Buffer {
  if (file.bytes === file.durableBytes) return file.durableBytes;
  switch (survival) {
    case "nothing":
    case "names without data":
      return file.durableBytes;
    case "data without names":
      return file.bytes;
    case "a mixture": {
      const dice = random();
      if (dice < 0.25) return file.durableBytes;
      return dice < 0.5 ? file.bytes : tornBytes(file, random);
    }
  }
}

/**
 * The disk that the next start finds; the one given is left as it is.
 *
 * @param random decides, where `survival` leaves it open
 */
export function afterPowerLoss(
  disk: SimulatedDisk,
  survival: Survival,
  random: () => number,
): SimulatedDisk {
  const names = new Map<DirectoryInode, Map<string, Inode>>();
  const namesOf = (dir: DirectoryInode): Map<string, Inode> => {
    const found = names.get(dir) ?? new Map(dir.durableEntries);
    names.set(dir, found);
    return found;
  };
  for (const { dir, name, to } of survivingCalls(disk.pending, survival, random).flat()) {
    if (to === undefined) namesOf(dir).delete(name);
    else namesOf(dir).set(name, to);
  }

  const made = new Map<Inode, Inode>();
  const durable = <T extends Inode>(inode: T): T => {
    const isNew = survival === "names without data" || (survival === "a mixture" && random() < 0.5);
    const mode = isNew ? inode.mode : inode.durableMode;
    const mtimeMs = isNew ? inode.mtimeMs : inode.durableMtimeMs;
    return { ...inode, mode, durableMode: mode, mtimeMs, durableMtimeMs: mtimeMs, links: 0 };
  };
  function survivor(inode: Inode): Inode {
    const known = made.get(inode);
    if (known !== undefined) return known;
    if (inode.kind === "directory") return survivingDirectory(inode);
    if (inode.kind === "symlink") return remember(inode, durable(inode));
    const bytes = survivingBytes(inode, survival, random);
    return remember(inode, { ...durable(inode), bytes, durableBytes: bytes });
  }
  function remember(old: Inode, next: Inode): Inode {
    made.set(old, next);
    return next;
  }
  function survivingDirectory(old: DirectoryInode): DirectoryInode {
    const entries = new Map<string, Inode>();
    for (const [name, inode] of namesOf(old)) {
      const next = survivor(inode);
      next.links += 1;
      entries.set(name, next);
    }
    return { ...durable(old), entries, durableEntries: new Map(entries) };
  }
  return simulatedDisk(survivingDirectory(disk.top));
}

/** A copy of a disk, all of it durable: where many runs start from. */
export function settled(disk: SimulatedDisk): SimulatedDisk {
  const made = new Map<Inode, Inode>();
  function copy(inode: Inode): Inode {
    const known = made.get(inode);
    if (known !== undefined) return known;
    const { mode, mtimeMs } = inode;
    const modes = { durableMode: mode, durableMtimeMs: mtimeMs };
    if (inode.kind === "directory") return copyDirectory(inode);
    const next: Inode =
      inode.kind === "file"
        ? { ...inode, ...modes, durableBytes: inode.bytes }
        : { ...inode, ...modes };
    made.set(inode, next);
    return next;
  }
  function copyDirectory(inode: DirectoryInode): DirectoryInode {
    const entries = new Map([...inode.entries].map(([name, to]) => [name, copy(to)] as const));
    const { mode, mtimeMs } = inode;
    const modes = { durableMode: mode, durableMtimeMs: mtimeMs };
    return { ...inode, ...modes, entries, durableEntries: new Map(entries) };
  }
  return simulatedDisk(copyDirectory(disk.top));
}
