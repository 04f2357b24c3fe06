/** `hold` and `unhold`: the operator's word that a database must not move, kept in its record. */
import { type Hold, hasLapsed, makeHold } from "../policy/hold.ts";
import { makePlaces } from "../store/disk.ts";
import { writeRecord } from "../store/record.ts";
import { recordOf } from "./commit.ts";
import { chooseDatabases, underLock } from "./locked.ts";
import { newId, startRun } from "./run.ts";
import type { EngineContext } from "./types.ts";
import { writeHistory } from "./write-history.ts";

/** What changed. */
export interface HoldChange {
  /** What holds now. */
  readonly hold: Hold | null;
  /** What held before; one that had lapsed counts as none. */
  readonly before: Hold | null;
}

async function change(
  context: EngineContext,
  name: string,
  hold: Hold | null,
): Promise<HoldChange> {
  const [database] = chooseDatabases(context, [name]);
  if (database === undefined) throw new Error("chooseDatabases lost the database");
  return underLock(context, async () => {
    const { fs, clock } = context;
    const run = startRun(context, database);
    await makePlaces(fs, run.places);
    const record = await recordOf(run);
    const now = clock.now();
    const live = record.hold !== null && !hasLapsed(record.hold, now.getTime());
    const before = live ? record.hold : null;
    if (hold === null && record.hold === null) return { hold, before };
    await writeRecord(fs, run.places, { ...record, hold });
    await writeHistory(context, {
      id: newId(context),
      at: now.toISOString(),
      kind: hold === null ? "released" : "held",
      database: name,
      from: null,
      to: null,
      note: (hold ?? record.hold)?.reason ?? "",
    });
    return { hold, before };
  });
}

/**
 * Holds a database; a hold that is there already is replaced.
 *
 * @param reason cleaned by `cleanReason`
 * @param forMs how long; without it until it is released
 * @throws VouchsafeError `state.missing`, `busy.locked`, `disk.*`
 */
export function holdDatabase(
  context: EngineContext,
  name: string,
  reason: string,
  forMs: number | undefined,
): Promise<HoldChange> {
  return change(context, name, makeHold(reason, context.clock.now().getTime(), forMs));
}

/** Releases a database; one that is not held stays as it is. Throws as {@link holdDatabase}. */
export function unholdDatabase(context: EngineContext, name: string): Promise<HoldChange> {
  return change(context, name, null);
}
