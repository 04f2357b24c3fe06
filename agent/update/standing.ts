/**
 * What an update writes down about policy before anything else: a hold that has lapsed, which is
 * told once, when a release that is kept back was first seen, and what the vendor has stopped.
 */
import { sha256 } from "../../protocol/bytes.ts";
import { type Hold, hasLapsed } from "../policy/hold.ts";
import { type DatabaseRecord, writeRecord } from "../store/record.ts";
import type { TrustedRelease } from "../trust/types.ts";
import type { DatabaseRun } from "./run.ts";
import { writeHistory } from "./write-history.ts";

/** The event's id follows from the hold: a crash before the record is written tells nothing twice. */
async function tellLapse(run: DatabaseRun, at: string, hold: Hold): Promise<string> {
  const { name } = run.database;
  const { reason, until } = hold;
  const id = sha256(`vouchsafe/lapse/v1\n${name}\n${hold.at}\n${until ?? ""}`).slice(0, 32);
  const event = { id, at, kind: "released", database: name, from: null, to: null } as const;
  await writeHistory(run.context, { ...event, note: reason });
  const sentence = `The hold ended at ${until ?? at}: ${reason}`;
  run.context.log.info(sentence, { database: name });
  return sentence;
}

/**
 * Writes down what must outlive this run; most runs write nothing. The lock is held.
 *
 * @param keptBack whether policy keeps the release back now
 * @returns what is to be told, in sentences
 * @throws VouchsafeError `disk.*`
 */
export async function keepStanding(
  run: DatabaseRun,
  record: DatabaseRecord,
  keptBack: boolean,
  { digest, haltedVersions }: TrustedRelease,
): Promise<readonly string[]> {
  const now = run.context.clock.now();
  const at = now.toISOString();
  const lapsed = record.hold !== null && hasLapsed(record.hold, now.getTime()) ? record.hold : null;
  const known = record.seen?.digest === digest && Date.parse(record.seen.at) <= now.getTime();
  const seen = keptBack && !known ? { digest, at } : record.seen;
  const halted = (haltedVersions ?? []).toSorted((a, b) => a - b);
  const sameHalts = halted.join() === record.halted.join();
  if (lapsed === null && seen === record.seen && sameHalts) return [];
  const told = lapsed === null ? [] : [await tellLapse(run, at, lapsed)];
  const hold = lapsed === null ? record.hold : null;
  await writeRecord(run.context.fs, run.places, { ...record, hold, seen, halted });
  return told;
}
