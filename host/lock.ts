/**
 * One worker at a time on one state folder: an exclusive SQLite transaction, which the operating
 * system ends with the process that holds it, however that process ends. There is no stale lock.
 *
 * The lock is a POSIX record lock: opening and closing the lock file by any other means in the
 * same process would drop it, so nothing else may ever open that file.
 */
import * as fsp from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { errnoOf, VouchsafeError } from "../protocol/errors.ts";
import { type Clock, systemClock } from "./clock.ts";
import { diskError } from "./disk-error.ts";

/** A lock that is held. */
export interface Lock {
  /** Gives it back; a second call does nothing. */
  release(): void;
  [Symbol.dispose](): void;
}

/** How to wait for a lock. */
export interface LockOptions {
  /** How long to wait for another holder, in milliseconds; 0 tries once. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

const pollMs = 50;
const sqliteBusy = 5;
const sqliteLocked = 6;
const sqliteNotADatabase = 26;

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode & 0xff : undefined;
}

/** Readable by its owner only: whoever can read the file could hold a shared lock on it. */
async function ensureLockFile(path: string): Promise<void> {
  try {
    await (await fsp.open(path, "wx", 0o600)).close();
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw diskError("make the lock", path, error);
  }
}

function held(database: DatabaseSync): Lock {
  let open = true;
  const release = (): void => {
    if (!open) return;
    open = false;
    database.close();
  };
  return { release, [Symbol.dispose]: release };
}

/** The lock, or undefined while somebody else has it. */
async function tryLock(path: string): Promise<Lock | undefined> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return held(database);
  } catch (error) {
    database.close();
    const code = sqliteCode(error);
    if (code === sqliteBusy || code === sqliteLocked) return undefined;
    if (code !== sqliteNotADatabase) throw error;
    // Whatever damaged it, its content means nothing. Emptied in place, not replaced: a lock that
    // another process takes meanwhile stays on the same file.
    await fsp.truncate(path, 0);
    return undefined;
  }
}

/**
 * Takes the lock of a state folder.
 * @throws VouchsafeError busy.locked when `waitMs` is over, disk.* if the file cannot be made
 */
export async function acquireLock(path: string, options: LockOptions): Promise<Lock> {
  const clock = options.clock ?? systemClock;
  const deadline = clock.monotonicMs() + options.waitMs;
  await ensureLockFile(path);
  for (;;) {
    options.signal?.throwIfAborted();
    const lock = await lockOrDiskError(path);
    if (lock !== undefined) return lock;
    const left = deadline - clock.monotonicMs();
    if (left <= 0) {
      throw new VouchsafeError("busy.locked", `Another process holds the lock ${path}.`, {
        details: { path },
      });
    }
    await clock.sleep(Math.min(pollMs, left), options.signal);
  }
}

async function lockOrDiskError(path: string): Promise<Lock | undefined> {
  try {
    return await tryLock(path);
  } catch (error) {
    if (error instanceof VouchsafeError) throw error;
    throw new VouchsafeError("disk.io", `Cannot use the lock ${path}.`, { cause: error });
  }
}
