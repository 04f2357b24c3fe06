/** What is installed, for `status` and for reports. Reads; takes no lock and changes nothing. */
import type { UpdateResult } from "../../protocol/report/status-report.ts";
import { type Hold, hasLapsed } from "../policy/hold.ts";
import { readDisk } from "../store/disk.ts";
import { type HistoryHead, historyHead } from "../store/history.ts";
import { type RememberedError, readLastRun } from "../store/last-run.ts";
import { databasePlaces, type GenerationName, statePlaces } from "../store/layout.ts";
import { readManifest } from "../store/manifest.ts";
import { emptyRecord, type Quarantine, readRecord } from "../store/record.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import { readJournal } from "./journal.ts";
import type { JournalledState } from "./transitions.ts";
import type { EngineContext, ManagedDatabase } from "./types.ts";

/** What reading the state needs: far less than an update does. */
export type StateContext = Pick<EngineContext, "fs" | "pointer" | "clock" | "state"> & {
  readonly databases: readonly Pick<ManagedDatabase, "name">[];
};

/** One database as it is. */
export interface DatabaseState {
  readonly name: string;
  readonly generation: GenerationName | null;
  readonly release: ReleaseRef | null;
  /** When the vendor made the release. */
  readonly created: string | null;
  readonly installedAt: string | null;
  /** Bytes of its files. */
  readonly bytes: number;
  /** Bytes received for its files, of all runs together. */
  readonly receivedBytes: number;
  /** Generations on the disk, current one among them. */
  readonly generations: readonly GenerationName[];
  readonly lastCheckAt: string | null;
  /** When a check last came to its end without a fault. */
  readonly lastSuccessAt: string | null;
  readonly lastResult: UpdateResult | null;
  readonly error?: RememberedError;
  /** Whether installed files were found changed, and not repaired yet. */
  readonly tampered: boolean;
  readonly hold: Hold | null;
  readonly quarantine: readonly Quarantine[];
  /** Where an update is, or was when it was interrupted. */
  readonly underWay: JournalledState | null;
}

export interface EngineState {
  readonly databases: readonly DatabaseState[];
  readonly lastRunAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly lastResult: UpdateResult | null;
  readonly historyHead?: HistoryHead;
}

async function readOne({ fs, pointer, clock, state }: StateContext, name: string) {
  const places = databasePlaces(state, name);
  const disk = await readDisk(fs, pointer, places);
  const generation = disk.current.kind === "generation" ? disk.current.name : null;
  const manifest = generation === null ? undefined : await readManifest(fs, places, generation);
  const installed = manifest?.kind === "ok" ? manifest.value : undefined;
  const recordFile = await readRecord(fs, places);
  const record = recordFile.kind === "ok" ? recordFile.value : emptyRecord;
  const journal = await readJournal(fs, places);
  return {
    name,
    generation,
    release: installed?.release ?? null,
    created: installed?.created ?? null,
    installedAt: installed?.installedAt ?? null,
    bytes: (installed?.files ?? []).reduce((sum, { length }) => sum + length, 0),
    generations: disk.folders,
    hold:
      record.hold === null || hasLapsed(record.hold, clock.now().getTime()) ? null : record.hold,
    quarantine: record.quarantine,
    tampered: record.tampered !== null,
    underWay: journal.kind === "ok" ? journal.value.state : null,
  };
}

/** Reads the state of all configured databases. Throws `disk.*`, `format.newer`. */
export async function readState(context: StateContext): Promise<EngineState> {
  const { fs, state } = context;
  const { lastRun, history } = statePlaces(state);
  const run = await readLastRun(fs, lastRun);
  const databases: DatabaseState[] = [];
  for (const database of context.databases) {
    const last = run?.databases.get(database.name);
    databases.push({
      ...(await readOne(context, database.name)),
      lastCheckAt: last?.at ?? null,
      lastSuccessAt: last?.succeededAt ?? null,
      receivedBytes: last?.receivedBytes ?? 0,
      lastResult: last?.result ?? null,
      ...(last?.error === undefined ? {} : { error: last.error }),
    });
  }
  const head = await historyHead(fs, history);
  return {
    databases,
    lastRunAt: run?.at ?? null,
    lastSuccessAt: run?.succeededAt ?? null,
    lastResult: run?.result ?? null,
    ...(head === undefined ? {} : { historyHead: head }),
  };
}
