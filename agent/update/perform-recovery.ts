/** Recovery, performed: facts are read, steps planned by `recoverySteps` and done in order. */
import { join } from "node:path";
import { diskError } from "../../host/disk-error.ts";
import { removeTree } from "../../host/durable.ts";
import { makePlaces, readDisk, sweepTemporaries } from "../store/disk.ts";
import { removeGeneration, removeManifest } from "../store/garbage.ts";
import type { GenerationName } from "../store/layout.ts";
import { readManifest } from "../store/manifest.ts";
import { recordOf } from "./commit.ts";
import { faultOfLoading, type Settlement, settle, takeBack } from "./confirm.ts";
import { clearJournal, readJournal } from "./journal.ts";
import { mustHash, type RecoveryFacts, type RecoveryStep, recoverySteps } from "./recover.ts";
import { isWhole } from "./revert.ts";
import { type DatabaseRun, startRun } from "./run.ts";
import { deriveCurrentJson, moveCurrent } from "./switch.ts";
import type { EngineContext, ManagedDatabase } from "./types.ts";

async function factsOf(run: DatabaseRun): Promise<RecoveryFacts> {
  const { fs, pointer } = run.context;
  const disk = await readDisk(fs, pointer, run.places);
  const journal = await readJournal(fs, run.places);
  const record = await recordOf(run);
  const whole = new Set<GenerationName>();
  if (mustHash({ disk, journal })) {
    for (const name of disk.folders) {
      if (disk.manifests.includes(name) && (await isWhole(run, name))) whole.add(name);
    }
  }
  return { disk, journal, record, whole };
}

/** Tells a consumer of a generation that it got back; what it answers changes nothing. */
async function tellConsumer(run: DatabaseRun, name: GenerationName): Promise<void> {
  const { context, places, database } = run;
  const manifest = await readManifest(context.fs, places, name);
  if (manifest.kind !== "ok") return;
  const fault = await faultOfLoading(run, manifest.value.release, name);
  if (fault === undefined) return;
  context.log.warn("A consumer did not load the generation that was pointed to again", {
    database: database.name,
    code: fault.code,
    reason: fault.message,
  });
}

function sentenceOf(settlement: Settlement, version: number): string {
  if (settlement.kind === "committed") return `An interrupted switch to ${version} was completed.`;
  const what = settlement.kind === "reverted" ? "taken back" : "kept unconfirmed";
  return `An interrupted switch to ${version} was ${what}: ${settlement.fault.message}`;
}

async function perform(
  context: EngineContext,
  database: ManagedDatabase,
  run: DatabaseRun,
  step: RecoveryStep,
): Promise<string | undefined> {
  const { fs } = context;
  switch (step.do) {
    case "settle": {
      const confirming = startRun(context, database, "confirming");
      await deriveCurrentJson(confirming, step.journal.to);
      return sentenceOf(await settle(confirming, step.journal), step.journal.release.version);
    }
    case "take-back": {
      const reverting = startRun(context, database, "reverting");
      const settlement = await takeBack(reverting, step.journal, step.fault);
      return sentenceOf(settlement, step.journal.release.version);
    }
    case "point":
      await moveCurrent(run, step.to);
      await tellConsumer(run, step.to);
      return `The pointer was lost and is at generation ${step.to} again.`;
    case "unpoint":
      await moveCurrent(run, null);
      return "The pointer led nowhere and was removed.";
    case "remove-staging":
      await removeTree(fs, join(run.places.generations, step.name));
      return undefined;
    case "remove-generation":
      await removeGeneration(fs, run.places, step.name);
      return undefined;
    case "remove-manifest":
      await removeManifest(fs, run.places, step.name);
      return undefined;
    case "clear-journal":
      await clearJournal(fs, run.places);
      return undefined;
  }
}

/**
 * Recovers one database; the lock is held. Makes its folders if they are missing.
 *
 * @returns what was mended, in sentences; empty when nothing was
 * @throws VouchsafeError `disk.*`, `format.newer`; the signal's reason
 */
export async function recoverDatabase(
  context: EngineContext,
  database: ManagedDatabase,
): Promise<readonly string[]> {
  const { fs, pointer, log } = context;
  const run = startRun(context, database);
  await makePlaces(fs, run.places);
  try {
    await pointer.sweep(run.places.dir);
  } catch (error) {
    throw diskError("sweep", run.places.dir, error);
  }
  await sweepTemporaries(fs, context.state, run.places);
  const facts = await factsOf(run);
  const told: string[] = [];
  for (const step of recoverySteps(facts)) {
    const sentence = await perform(context, database, run, step);
    if (sentence !== undefined) told.push(sentence);
  }
  if (facts.journal.kind !== "missing") await deriveNow(run);
  for (const sentence of told) log.warn(sentence, { database: database.name });
  return told;
}

async function deriveNow(run: DatabaseRun): Promise<void> {
  const { current } = await readDisk(run.context.fs, run.context.pointer, run.places);
  if (current.kind === "foreign") return;
  await deriveCurrentJson(run, current.kind === "generation" ? current.name : null);
}
