/**
 * The scheduled self-check: once in a while a check reads all installed files and compares them
 * with what was signed. What was changed is told, and the same run repairs it.
 */
import { errorDocument } from "../../protocol/errors.ts";
import { type Deviation, deviationsOf } from "../store/check-generation.ts";
import { type DatabaseRecord, writeRecord } from "../store/record.ts";
import { recordOf } from "./commit.ts";
import { readInstalled } from "./installed.ts";
import type { Installed } from "./plan.ts";
import { type DatabaseRun, newId, startRun } from "./run.ts";
import type { ManagedDatabase, UpdateContext } from "./types.ts";
import { writeHistory } from "./write-history.ts";

/**
 * Whether a self-check is due: pure. An installation counts as one, for it hashes every file; a
 * time in the future (the clock was wrong) counts as none.
 */
export function selfCheckDue(
  times: readonly (string | null)[],
  everyMs: number,
  nowMs: number,
): boolean {
  const past = times
    .map((at) => (at === null ? Number.NaN : Date.parse(at)))
    .filter((at) => at <= nowMs);
  return past.length === 0 || nowMs - Math.max(...past) >= everyMs;
}

/** Files that were changed, in one sentence. */
export function tamperedSentence(deviations: readonly Deviation[]): string {
  const named = deviations.slice(0, 5).map(({ path, problem }) => {
    return `${path === "" ? "the generation" : path} (${problem})`;
  });
  const more = deviations.length > 5 ? ` and ${deviations.length - 5} more` : "";
  return `Installed files are not as they were signed: ${named.join(", ")}${more}.`;
}

async function writeDown(
  run: DatabaseRun,
  record: DatabaseRecord,
  { name, manifest }: Installed,
  deviations: readonly Deviation[],
): Promise<void> {
  const at = run.context.clock.now().toISOString();
  if (deviations.length === 0) {
    await writeRecord(run.context.fs, run.places, { ...record, verifiedAt: at });
    return;
  }
  await writeRecord(run.context.fs, run.places, { ...record, verifiedAt: at, tampered: name });
  await writeHistory(run.context, {
    id: newId(run.context),
    at,
    kind: "tampered",
    database: run.database.name,
    from: manifest.release,
    to: manifest.release,
    note: tamperedSentence(deviations),
  });
}

/**
 * Checks one database if its time has come. The lock is held and recovery is done. A fault of the
 * disk is logged: the update that follows meets it, and tells it, itself.
 *
 * @returns what is not as it was signed
 * @throws only the signal's reason
 */
export async function selfCheck(
  context: UpdateContext,
  database: ManagedDatabase,
): Promise<readonly Deviation[]> {
  const { selfCheckMs, clock, fs, log, signal } = context;
  if (selfCheckMs === undefined) return [];
  const run = startRun(context, database);
  try {
    const { installed } = await readInstalled(run);
    if (installed === undefined) return [];
    const record = await recordOf(run);
    const times = [record.verifiedAt, installed.manifest.installedAt];
    if (!selfCheckDue(times, selfCheckMs, clock.now().getTime())) return [];
    const folder = run.places.generation(installed.name);
    const deviations = await deviationsOf(fs, folder, installed.manifest, () =>
      signal?.throwIfAborted(),
    );
    await writeDown(run, record, installed, deviations);
    if (deviations.length > 0) log.error(tamperedSentence(deviations), { database: database.name });
    return deviations;
  } catch (error) {
    signal?.throwIfAborted();
    log.warn("The self-check failed", { database: database.name, error: errorDocument(error) });
    return [];
  }
}
