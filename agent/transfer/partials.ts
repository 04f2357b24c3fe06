/**
 * The folder of partial files, `<state>/partial/<database>`: one for each file of a release
 * that is not installed yet, finished or not. What is in it may be lost at any time; it is bounded
 * in number, age and size.
 */
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { lstatIfExists, makeDirDurable, removeTree } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import { sha256 } from "../../protocol/bytes.ts";
import { errorDocument } from "../../protocol/errors.ts";
import { latePartial } from "./late-partial.ts";
import { kindOf, openPartial, type PartialFile } from "./partial-file.ts";

/** Downloads shorter than this start over: no more is lost by it than by any cut. Bytes. */
export const partialThreshold = 64 * 1024;
/**
 * Longer ones are written as they come, and go on after a power cut, too. Bytes. For a shorter one
 * four fsyncs, and being written twice, would cost more than they save.
 */
const longThreshold = 1024 * 1024;

/** What the folder may hold. */
export interface PartialLimits {
  readonly count: number;
  readonly ageMs: number;
  readonly bytes: number;
}

export const partialLimits: PartialLimits = {
  count: 4096,
  ageMs: 7 * 86_400_000,
  bytes: 4 * 1024 ** 3,
};

/** A partial file as the folder shows it. */
export interface PartialEntry {
  readonly name: string;
  readonly mtimeMs: number;
  readonly bytes: number;
}

/** The partial files to remove, so that the newest stay within the limits: pure. */
export function partialsToDrop(
  entries: readonly PartialEntry[],
  nowMs: number,
  limits: PartialLimits,
): readonly string[] {
  let count = 0;
  let bytes = 0;
  const dropped: string[] = [];
  for (const entry of entries.toSorted((a, b) => b.mtimeMs - a.mtimeMs)) {
    const fits = count < limits.count && bytes + entry.bytes <= limits.bytes;
    if (fits && nowMs - entry.mtimeMs <= limits.ageMs) {
      count += 1;
      bytes += entry.bytes;
    } else {
      dropped.push(entry.name);
    }
  }
  return dropped;
}

/** The partial files of a state folder. */
export interface Partials {
  /** Opens the partial file of a path, or begins it; undefined if it is too short, or cannot be. */
  open(path: string, length: number): Promise<PartialFile | undefined>;
  /** Removes what is beyond the limits; never rejects. */
  sweep(): Promise<void>;
  /** Removes those of a database; never rejects. */
  clear(database: string): Promise<void>;
  /** Removes all; never rejects. */
  clearAll(): Promise<void>;
}

/** What the folder is worked on with. */
export interface PartialsPorts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly log: Log;
  /** The state folder. */
  readonly state: string;
}

const suffix = ".part";
const databaseForm = /^[a-z0-9][a-z0-9-]{0,40}$/;

/** The folder of a path in the repository, `targets/<database>/…`. */
function folderOf(path: string): string | undefined {
  const database = path.split("/")[1] ?? "";
  return databaseForm.test(database) ? database : undefined;
}

async function namesIn(fs: FileSystem, dir: string): Promise<readonly string[]> {
  return (await lstatIfExists(fs, dir))?.kind === "directory" ? fs.readdir(dir) : [];
}

async function entriesOf(fs: FileSystem, dir: string): Promise<readonly PartialEntry[]> {
  const entries: PartialEntry[] = [];
  for (const folder of await namesIn(fs, dir)) {
    for (const file of await namesIn(fs, join(dir, folder))) {
      const name = join(folder, file);
      const stat = name.endsWith(suffix) ? await lstatIfExists(fs, join(dir, name)) : undefined;
      if (stat !== undefined) entries.push({ name, mtimeMs: stat.mtimeMs, bytes: stat.size });
    }
  }
  return entries;
}

/** Removes everything but the named partial files and their records. */
async function keepOnly(fs: FileSystem, dir: string, kept: ReadonlySet<string>): Promise<void> {
  for (const folder of await namesIn(fs, dir)) {
    for (const file of await namesIn(fs, join(dir, folder))) {
      const name = join(folder, file);
      if (!kept.has(name.replace(/\.json$/, ""))) await removeTree(fs, join(dir, name));
    }
  }
}

/** @param ports touched only when a method is called */
export function partialsIn({ fs, clock, log, state }: PartialsPorts): Partials {
  const dir = join(state, "partial");
  async function calmly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.debug("Parts of downloads could not be removed yet", { error: errorDocument(error) });
    }
  }
  return {
    open: async (path, length) => {
      const folder = folderOf(path);
      if (length < partialThreshold || folder === undefined) return undefined;
      const file = join(dir, folder, `${sha256(path).slice(0, 32)}${suffix}`);
      const isLong = length >= longThreshold;
      const begin = async (): Promise<PartialFile | undefined> => {
        try {
          await makeDirDurable(fs, join(dir, folder), 0o700);
        } catch {
          return undefined; // the download will meet the same trouble where it matters
        }
        return openPartial({ fs, log, file, path, length, flush: isLong });
      };
      const now = isLong || (await kindOf(fs, file)) !== undefined;
      return now ? begin() : latePartial({ clock, length, begin });
    },
    sweep: () =>
      calmly(async () => {
        const entries = await entriesOf(fs, dir);
        const dropped = new Set(partialsToDrop(entries, clock.now().getTime(), partialLimits));
        const kept = entries.map(({ name }) => name).filter((name) => !dropped.has(name));
        await keepOnly(fs, dir, new Set(kept));
      }),
    clear: (database) => calmly(() => removeTree(fs, join(dir, database))),
    clearAll: () => calmly(() => removeTree(fs, dir)),
  };
}
