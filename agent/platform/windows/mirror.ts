/**
 * `current` where the volume has no junctions: a folder of hard links to a generation's files. It is
 * made aside and renamed in, the old one renamed out before: Windows renames no folder over another.
 * Between the two renames there is no `current`; readers then follow `current.json`. A small file
 * beside it, the mark, says that the folder is ours, what it shows, and whether a change of it is
 * under way: it is the journal of the change.
 */
import { join } from "node:path";
import {
  lstatIfExists,
  readFileIfExists,
  removeTree,
  writeFileDurable,
} from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { isObject, own, parseJson } from "../../../protocol/json.ts";

/** What the mark says. */
export interface MirrorMark {
  /** As in `PointerState`. */
  readonly target: string;
  /** A change to that target has begun, and not ended. */
  readonly moving: boolean;
}

const markName = "current.mirror.json";
const asideName = ".current-next";
const oldPrefix = ".current-old-";
const maxMarkBytes = 4096;
/** So many old mirrors may be held by readers at the same time. */
const maxOld = 100;
const targetForm = /^generations\/[0-9a-z-]{1,60}$/;

/** Reads the mark; undefined if there is none that makes sense. Throws `disk.*`. */
export async function readMark(fs: FileSystem, dir: string): Promise<MirrorMark | undefined> {
  const bytes = await readFileIfExists(fs, join(dir, markName), maxMarkBytes);
  if (bytes === undefined) return undefined;
  const object = parsed(bytes);
  const [target, moving] = isObject(object) ? [own(object, "target"), own(object, "moving")] : [];
  if (typeof target !== "string" || typeof moving !== "boolean") return undefined;
  return targetForm.test(target) ? { target, moving } : undefined;
}

function parsed(bytes: Buffer) {
  try {
    return parseJson(bytes, maxMarkBytes);
  } catch {
    return undefined; // damaged by whatever hand: the folder is then not known as ours
  }
}

async function writeMark(fs: FileSystem, dir: string, mark: MirrorMark): Promise<void> {
  const text = `${JSON.stringify({ format: 1, ...mark })}\n`;
  await writeFileDurable(fs, join(dir, markName), Buffer.from(text), { mode: 0o644 });
}

async function linkTree(fs: FileSystem, from: string, to: string): Promise<void> {
  await fs.mkdir(to, 0o755);
  for (const name of await fs.readdir(from)) {
    const [source, copy] = [join(from, name), join(to, name)];
    if ((await fs.lstat(source)).kind === "directory") await linkTree(fs, source, copy);
    else await fs.link(source, copy);
  }
  await fs.syncDir(to);
}

async function freeOldName(fs: FileSystem, dir: string): Promise<string> {
  for (let number = 1; number < maxOld; number += 1) {
    const path = join(dir, `${oldPrefix}${number}`);
    if ((await lstatIfExists(fs, path)) === undefined) return path;
  }
  return join(dir, `${oldPrefix}${maxOld}`);
}

/** Renames `current` out of the way; undefined if there was none. */
async function moveOut(fs: FileSystem, dir: string): Promise<string | undefined> {
  const path = join(dir, "current");
  if ((await lstatIfExists(fs, path)) === undefined) return undefined;
  const old = await freeOldName(fs, dir);
  await fs.rename(path, old);
  return old;
}

/**
 * Removes what was renamed out. A reader may hold a file of it for long: that is no failure, the
 * next sweep tries again.
 */
async function removeOld(fs: FileSystem, old: string | undefined): Promise<void> {
  if (old !== undefined) await removeTree(fs, old).catch(() => undefined);
}

/**
 * Lets `current` show a generation, by rename-aside. When it fails, the old `current` is back, or
 * `sweepAside` and another call make it good.
 */
export async function moveMirror(fs: FileSystem, dir: string, target: string): Promise<void> {
  const aside = join(dir, asideName);
  await removeTree(fs, aside);
  await linkTree(fs, join(dir, ...target.split("/")), aside);
  await writeMark(fs, dir, { target, moving: true });
  const old = await moveOut(fs, dir);
  try {
    await fs.rename(aside, join(dir, "current"));
  } catch (error) {
    // The first error is the one to tell; the mark stays, so the next start goes on from here.
    if (old !== undefined) await fs.rename(old, join(dir, "current")).catch(() => undefined);
    throw error;
  }
  await fs.syncDir(dir);
  await writeMark(fs, dir, { target, moving: false });
  await removeOld(fs, old);
}

/** Takes `current` away. */
export async function removeMirror(fs: FileSystem, dir: string): Promise<void> {
  const old = await moveOut(fs, dir);
  await fs.syncDir(dir);
  await removeMark(fs, dir);
  await removeOld(fs, old);
}

/** Removes the mark, where `current` is no mirror any more. */
export async function removeMark(fs: FileSystem, dir: string): Promise<void> {
  await removeTree(fs, join(dir, markName));
}

/** Removes what lies beside `current` from an interrupted change; the mark stays. */
export async function sweepAside(fs: FileSystem, dir: string): Promise<void> {
  await removeTree(fs, join(dir, asideName));
  const names = await fs.readdir(dir);
  for (const name of names) if (name.startsWith(oldPrefix)) await removeOld(fs, join(dir, name));
}
