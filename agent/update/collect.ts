/**
 * Step "garbage": at the end of every run, so that one that was cut short is made good by the next.
 * Never touches current, previous, or anything of an undertaking that is not over.
 */
import { errorDocument } from "../../protocol/errors.ts";
import { readDisk } from "../store/disk.ts";
import { garbageOf, removeGeneration } from "../store/garbage.ts";
import type { GenerationName } from "../store/layout.ts";
import { recordOf } from "./commit.ts";
import { readJournal } from "./journal.ts";
import { type DatabaseRun, startRun } from "./run.ts";
import type { EngineContext, ManagedDatabase } from "./types.ts";

const minimumKept = 2;

async function collect(run: DatabaseRun): Promise<void> {
  const { fs, pointer } = run.context;
  if ((await readJournal(fs, run.places)).kind !== "missing") return;
  const disk = await readDisk(fs, pointer, run.places);
  if (disk.current.kind !== "generation") return;
  if (disk.folders.length <= minimumKept) return;
  const record = await recordOf(run);
  const pinned = new Set<GenerationName>(
    [record.current, record.previous, disk.current.name].filter((name) => name !== null),
  );
  const keep = Math.max(run.database.keep, minimumKept);
  for (const name of garbageOf({ folders: disk.folders, pinned, keep })) {
    await removeGeneration(fs, run.places, name);
  }
}

/**
 * Removes generations beyond those to keep. What cannot be removed now is no reason to call a run
 * failed: it is logged and tried again at the end of the next.
 */
export async function collectGarbage(
  context: EngineContext,
  database: ManagedDatabase,
): Promise<void> {
  try {
    await collect(startRun(context, database));
  } catch (error) {
    context.log.warn("Old generations could not be removed yet", {
      database: database.name,
      error: errorDocument(error),
    });
  }
}
