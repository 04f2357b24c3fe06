/**
 * Step "commit": what was switched to becomes the record; then the history, then the journal goes.
 */
import { removeGeneration } from "../store/garbage.ts";
import type { HistoryKind } from "../store/history.ts";
import type { DatabaseRecord } from "../store/record.ts";
import { emptyRecord, quarantined, readRecord, writeRecord } from "../store/record.ts";
import { clearJournal, type Fault, type Journal, type Undertaking } from "./journal.ts";
import type { DatabaseRun } from "./run.ts";
import { writeHistory } from "./write-history.ts";

const historyKindOf: Readonly<Record<Undertaking, HistoryKind>> = {
  update: "installed",
  repair: "repaired",
  rollback: "rolled-back",
};

/** The record once a journal's work is done: pure. */
export function committedRecord(
  record: DatabaseRecord,
  journal: Journal,
  at: string,
): DatabaseRecord {
  const { kind, to, from, fromRelease, release } = journal;
  const next = { ...record, current: to, tampered: null };
  switch (kind) {
    case "update": {
      // Quarantine lasts until a newer release is here.
      const left = record.quarantine.filter((entry) => entry.release.version >= release.version);
      return { ...next, previous: from, quarantine: left };
    }
    case "repair":
      return { ...next, previous: record.previous === from ? null : record.previous };
    case "rollback": {
      const leaves = fromRelease !== null && fromRelease.digest !== release.digest;
      const quarantine = leaves
        ? quarantined(record, fromRelease, at, "rolled-back")
        : record.quarantine;
      return { ...next, previous: from, quarantine };
    }
  }
}

/** The record, or an empty one if there is none or it is damaged. Throws `disk.*`. */
export async function recordOf(run: DatabaseRun): Promise<DatabaseRecord> {
  const file = await readRecord(run.context.fs, run.places);
  if (file.kind === "ok") return file.value;
  if (file.kind === "damaged") {
    run.context.log.warn("The record of a database is damaged and begins anew", {
      database: run.database.name,
    });
  }
  return emptyRecord;
}

/**
 * Commits. Each part may be done again after a crash with the same end.
 *
 * @param fault why it could not be confirmed, where there was no way back
 * @throws VouchsafeError `disk.*`
 */
export async function commit(run: DatabaseRun, journal: Journal, fault?: Fault): Promise<void> {
  const { fs, clock } = run.context;
  const at = clock.now().toISOString();
  const record = committedRecord(await recordOf(run), journal, at);
  await writeRecord(fs, run.places, record);
  await writeHistory(run.context, {
    id: journal.id,
    at,
    kind: historyKindOf[journal.kind],
    database: run.database.name,
    from: journal.fromRelease,
    to: journal.release,
    ...(fault === undefined ? {} : { error: fault.code }),
  });
  if (journal.kind === "repair" && journal.from !== null && journal.from !== journal.to) {
    await removeGeneration(fs, run.places, journal.from);
  }
  await clearJournal(fs, run.places);
}
