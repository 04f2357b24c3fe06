/**
 * Rollback: `current` goes to a generation that is on the disk already, which is hashed in full
 * first; the release that is left is quarantined until a newer one appears.
 */
import { errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import { deviationsOf } from "../store/check-generation.ts";
import type { DiskFacts } from "../store/disk.ts";
import { type GenerationName, versionOf } from "../store/layout.ts";
import { type Manifest, readManifest } from "../store/manifest.ts";
import type { DatabaseRecord } from "../store/record.ts";
import { collectGarbage } from "./collect.ts";
import { recordOf } from "./commit.ts";
import { settle } from "./confirm.ts";
import { readInstalled } from "./installed.ts";
import { type Journal, writeJournal } from "./journal.ts";
import { chooseDatabases, underLock } from "./locked.ts";
import { outcomeOf } from "./outcome.ts";
import { recoverDatabase } from "./perform-recovery.ts";
import { type Installed, noPlan } from "./plan.ts";
import { rememberOrWarn } from "./remember.ts";
import { type DatabaseRun, newId, startRun } from "./run.ts";
import { moveCurrent } from "./switch.ts";
import type { DatabaseOutcome, EngineContext, ManagedDatabase, UpdateOutcome } from "./types.ts";

/** A generation that could be rolled back to. */
export interface RollbackCandidate {
  readonly name: GenerationName;
  readonly manifest: Manifest;
}

/** The vendor's stop holds on the way back as well; no option of the command line lifts it. */
function checkNotHalted(
  candidate: RollbackCandidate,
  halted: ReadonlySet<number>,
): RollbackCandidate {
  const { version } = candidate.manifest.release;
  if (!halted.has(version)) return candidate;
  throw new VouchsafeError(
    "policy.halted",
    `The vendor stopped release ${version}: there is no rolling back to it.`,
  );
}

/**
 * Chooses where to go: pure. Without `to` the generation that was current before, if its release
 * is neither quarantined nor halted, else the newest such one of an older release.
 *
 * @param to version, label or generation
 * @throws VouchsafeError `state.missing`; `policy.halted` when `to` names what the vendor stopped
 */
export function chooseRollback(
  candidates: readonly RollbackCandidate[],
  current: Installed | undefined,
  record: DatabaseRecord,
  to: string | undefined,
): RollbackCandidate {
  const halted = new Set(record.halted);
  const others = candidates
    .filter(({ name }) => name !== current?.name)
    .toSorted((a, b) => versionOf(b.name) - versionOf(a.name));
  if (to !== undefined) {
    const found = others.find(
      ({ name, manifest: { release } }) =>
        name === to || String(release.version) === to || release.label === to,
    );
    if (found !== undefined) return checkNotHalted(found, halted);
    const shown = others.map(({ manifest }) => manifest.release.version).join(", ");
    const have = shown === "" ? "there is no other" : `there are: ${shown}`;
    throw new VouchsafeError(
      "state.missing",
      `No generation ${JSON.stringify(to.slice(0, 80))} is on this disk to roll back to; ${have}.`,
    );
  }
  const condemned = new Set(record.quarantine.map(({ release }) => release.digest));
  const good = others.filter(
    ({ manifest: { release } }) => !condemned.has(release.digest) && !halted.has(release.version),
  );
  const present = current?.manifest.release.version ?? Number.POSITIVE_INFINITY;
  const found =
    good.find(({ name }) => name === record.previous) ??
    good.find(({ manifest }) => manifest.release.version < present);
  if (found !== undefined) return found;
  throw new VouchsafeError("state.missing", "No older generation is on this disk.");
}

async function candidatesOf(
  run: DatabaseRun,
  disk: DiskFacts,
): Promise<readonly RollbackCandidate[]> {
  const found: RollbackCandidate[] = [];
  for (const name of disk.folders) {
    const manifest = await readManifest(run.context.fs, run.places, name);
    if (manifest.kind === "ok") found.push({ name, manifest: manifest.value });
  }
  return found;
}

async function hashAll(run: DatabaseRun, { name, manifest }: RollbackCandidate): Promise<void> {
  const total = manifest.files.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  const path = run.places.generation(name);
  const [first] = await deviationsOf(run.context.fs, path, manifest, (file) => {
    done += file.length;
    run.tell(done, total, file.path);
  });
  if (first === undefined) return;
  const message = `Generation ${name} is not whole: ${first.path} is ${first.problem}.`;
  throw new VouchsafeError("trust.tampered", message);
}

async function rollbackLocked(
  context: EngineContext,
  database: ManagedDatabase,
  to: string | undefined,
): Promise<DatabaseOutcome> {
  const begun = context.clock.monotonicMs();
  const notes = await recoverDatabase(context, database);
  const run = startRun(context, database);
  run.advance("start");
  run.advance("checked");
  const { installed, disk } = await readInstalled(run);
  const candidates = await candidatesOf(run, disk);
  const target = chooseRollback(candidates, installed, await recordOf(run), to);
  await hashAll(run, target);
  const journal: Journal = {
    id: newId(context),
    kind: "rollback",
    state: "switching",
    startedAt: context.clock.now().toISOString(),
    to: target.name,
    release: target.manifest.release,
    from: installed?.name ?? null,
    fromRelease: installed?.manifest.release ?? null,
  };
  await writeJournal(context.fs, run.places, journal);
  run.advance("on-disk");
  await moveCurrent(run, target.name);
  await writeJournal(context.fs, run.places, { ...journal, state: "confirming" });
  run.advance("switched");
  const settlement = await settle(run, { ...journal, state: "confirming" });
  const fault = settlement.kind === "committed" ? undefined : settlement.fault;
  const failed = settlement.kind === "reverted" ? "reverted" : "failed";
  return {
    name: database.name,
    result: fault === undefined ? "updated" : failed,
    from: journal.fromRelease,
    to: journal.release,
    bytes: 0,
    seconds: Math.round(context.clock.monotonicMs() - begun) / 1000,
    plan: noPlan(`It is rolled back to generation ${target.name}.`),
    ...(notes.length === 0 ? {} : { notes }),
    ...(fault === undefined
      ? {}
      : { error: errorDocument(new VouchsafeError(fault.code, fault.message)) }),
  };
}

/**
 * Rolls a database back.
 *
 * @param options `to`: version, label or generation
 * @throws VouchsafeError `state.missing`, `trust.tampered` when the generation is not whole (nothing
 *   is moved then), `busy.locked`, `disk.*`. A consumer that does not load it is in the outcome
 */
export async function rollback(
  context: EngineContext,
  name: string,
  options: { readonly to?: string } = {},
): Promise<UpdateOutcome> {
  const [database] = chooseDatabases(context, [name]);
  if (database === undefined) throw new Error("chooseDatabases lost the database");
  return underLock(context, async () => {
    const outcome = outcomeOf([await rollbackLocked(context, database, options.to)]);
    await collectGarbage(context, database);
    await rememberOrWarn(context, outcome);
    return outcome;
  });
}
