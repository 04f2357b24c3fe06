/**
 * Sharing violations: on Windows a virus scanner, an indexer or a backup that holds a file makes a
 * rename or an unlink fail, mostly for a fraction of a second. Such calls are tried again, a bounded
 * number of times; an error that lasts is the caller's.
 */
import type { Clock } from "../../../host/clock.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { errnoOf } from "../../../protocol/errors.ts";

const heldErrnos: ReadonlySet<string | undefined> = new Set(["EPERM", "EBUSY", "EACCES"]);

/** Milliseconds before each further attempt: 4.3 seconds in all. */
export const pausesMs: readonly number[] = [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000];

/** What a wait needs of a clock. */
export type Sleeper = Pick<Clock, "sleep">;

/** Does something, again while somebody else holds what it needs. Rejects with its last error. */
export async function patiently<T>(clock: Sleeper, work: () => Promise<T>): Promise<T> {
  for (const pause of pausesMs) {
    try {
      return await work();
    } catch (error) {
      if (!heldErrnos.has(errnoOf(error))) throw error;
      await clock.sleep(pause);
    }
  }
  return work();
}

/** A file system whose renames and removals wait for whoever holds a file. */
export function patientFileSystem(fs: FileSystem, clock: Sleeper): FileSystem {
  return {
    ...fs,
    rename: (from, to) => patiently(clock, () => fs.rename(from, to)),
    unlink: (path) => patiently(clock, () => fs.unlink(path)),
    rmdir: (path) => patiently(clock, () => fs.rmdir(path)),
  };
}
