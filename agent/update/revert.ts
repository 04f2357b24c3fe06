/**
 * Step "revert": `current` moves back to what it was, and the old generation is confirmed again.
 * If that fails too, the consumer is at fault and the release is not condemned.
 */
import { deviationsOf } from "../store/check-generation.ts";
import { removeGeneration } from "../store/garbage.ts";
import type { GenerationName } from "../store/layout.ts";
import { readManifest } from "../store/manifest.ts";
import { quarantined, writeRecord } from "../store/record.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import { recordOf } from "./commit.ts";
import { clearJournal, type Fault, type Journal, writeJournal } from "./journal.ts";
import type { DatabaseRun } from "./run.ts";
import { moveCurrent } from "./switch.ts";
import { writeHistory } from "./write-history.ts";

/** Whether a generation has all its files with their signed hashes. Throws `disk.*`. */
export async function isWhole(run: DatabaseRun, name: GenerationName): Promise<boolean> {
  const { fs } = run.context;
  const manifest = await readManifest(fs, run.places, name);
  if (manifest.kind !== "ok") return false;
  const deviations = await deviationsOf(fs, run.places.generation(name), manifest.value);
  return deviations.length === 0;
}

/**
 * Whether a release that failed is condemned: only an update whose consumer answered, and answers
 * well for the old generation. Without an old one nothing tells the release from the consumer.
 */
function isCondemned(journal: Journal, fault: Fault, oldLoads: boolean): boolean {
  return journal.kind === "update" && oldLoads && fault.code === "consumer.confirm-failed";
}

/**
 * Moves back.
 *
 * @param oldLoads has the consumer load and confirm the old generation
 * @returns false, with nothing moved, if the old generation is not whole, or there is none and
 *   the consumer could not be asked
 * @throws VouchsafeError `disk.*`; the journal then stays
 */
export async function revert(
  run: DatabaseRun,
  journal: Journal,
  fault: Fault,
  oldLoads: (release: ReleaseRef, generation: GenerationName) => Promise<boolean>,
): Promise<boolean> {
  const { fs, clock } = run.context;
  const { from, fromRelease, to, release } = journal;
  if (from !== null && !(await isWhole(run, from))) return false;
  // Nothing older serves the consumer, and one that is not running may need this one to start.
  if (from === null && fault.code === "consumer.unreachable") return false;
  await writeJournal(fs, run.places, { ...journal, state: "reverting", fault });
  await moveCurrent(run, from);
  const loads = from !== null && fromRelease !== null ? await oldLoads(fromRelease, from) : false;
  const at = clock.now().toISOString();
  const record = await recordOf(run);
  await writeRecord(fs, run.places, {
    ...record,
    current: from,
    quarantine: isCondemned(journal, fault, loads)
      ? quarantined(record, release, at, fault.code)
      : record.quarantine,
  });
  await writeHistory(run.context, {
    id: journal.id,
    at,
    kind: "reverted",
    database: run.database.name,
    from: release,
    to: fromRelease,
    error: fault.code,
  });
  if (journal.kind !== "rollback") await removeGeneration(fs, run.places, to);
  await clearJournal(fs, run.places);
  return true;
}
