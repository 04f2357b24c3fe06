/** What every operation that changes the disk begins with: a safe path, and the one lock. */
import { makeDirDurable } from "../../host/durable.ts";
import { acquireLock } from "../../host/lock.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { statePlaces } from "../store/layout.ts";
import { checkStatePath } from "../store/safe-path.ts";
import type { EngineContext, ManagedDatabase } from "./types.ts";

/**
 * Runs `work` under the lock of the state folder, which exists then and is nobody else's.
 *
 * @throws VouchsafeError `busy.locked`, `disk.*`, and what `work` throws
 */
export async function underLock<T>(context: EngineContext, work: () => Promise<T>): Promise<T> {
  const { fs, state, uid, lockWaitMs, signal, clock } = context;
  const { databases, engine, lock: lockPath } = statePlaces(state);
  if (uid !== undefined) await checkStatePath(fs, state, uid);
  await context.secureState?.();
  await makeDirDurable(fs, databases, 0o755);
  await makeDirDurable(fs, engine, 0o700);
  if (uid !== undefined) {
    await checkStatePath(fs, databases, uid);
    await checkStatePath(fs, engine, uid);
  }
  const waiting = { waitMs: lockWaitMs, clock, ...(signal === undefined ? {} : { signal }) };
  const lock = await acquireLock(lockPath, waiting);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/**
 * The configured databases of those names, in the order of the configuration; all without names.
 *
 * @throws VouchsafeError `state.missing` on a name that is not configured
 */
export function chooseDatabases(
  context: EngineContext,
  names: readonly string[] | undefined,
): readonly ManagedDatabase[] {
  if (names === undefined || names.length === 0) return context.databases;
  const unknown = names.find((name) => !context.databases.some((known) => known.name === name));
  if (unknown !== undefined) {
    const shown = JSON.stringify(unknown.slice(0, 60));
    throw new VouchsafeError("state.missing", `No database ${shown} is configured.`);
  }
  return context.databases.filter(({ name }) => names.includes(name));
}
