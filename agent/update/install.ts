/** The way from a plan to a new current generation: each step in its own file, in this order. */
import { removeTree } from "../../host/durable.ts";
import { errorDocument } from "../../protocol/errors.ts";
import { removeManifest } from "../store/garbage.ts";
import { quarantined, writeRecord } from "../store/record.ts";
import { assemble, makeStaging } from "./assemble.ts";
import { recordOf } from "./commit.ts";
import { type Settlement, settle } from "./confirm.ts";
import { checkSpace, type Fetching, fetchFiles } from "./fetch.ts";
import { clearJournal, type Fault, type Journal, writeJournal } from "./journal.ts";
import type { Installed, InstallPlan } from "./plan.ts";
import { type DatabaseRun, newId } from "./run.ts";
import { moveCurrent, nameGeneration } from "./switch.ts";
import { trial } from "./trial.ts";
import type { UpdateContext } from "./types.ts";
import { writeHistory } from "./write-history.ts";

/** One installation. */
export interface Installation {
  readonly run: DatabaseRun;
  readonly repository: UpdateContext["repository"];
  readonly partials: UpdateContext["partials"];
  readonly plan: InstallPlan;
  readonly installed: Installed | undefined;
  readonly onReceived: (count: number) => void;
  readonly onNote: (note: string) => void;
}

/** How an installation ended that did not fail. */
export type Ending =
  | Settlement
  | { readonly kind: "rejected"; readonly fault: Fault }
  | { readonly kind: "deferred"; readonly fault: Fault };

type Begun = Journal & { readonly state: "fetching" };

function begin({ run, plan, installed }: Installation): Begun {
  const { version, label, digest } = plan.release;
  return {
    id: newId(run.context),
    kind: plan.action === "repair" ? "repair" : "update",
    state: "fetching",
    startedAt: run.context.clock.now().toISOString(),
    to: plan.generation,
    release: { version, label, digest },
    from: installed?.name ?? null,
    fromRelease: installed?.manifest.release ?? null,
  };
}

/** Leaves nothing of what was staged; the journal goes last. */
async function discard({ run, plan }: Installation): Promise<void> {
  const { fs } = run.context;
  await removeTree(fs, run.places.staging(plan.generation));
  await removeManifest(fs, run.places, plan.generation);
  await clearJournal(fs, run.places);
}

async function reject(installation: Installation, journal: Begun, fault: Fault): Promise<void> {
  const { run } = installation;
  const { fs, clock } = run.context;
  const at = clock.now().toISOString();
  const record = await recordOf(run);
  const quarantine = quarantined(record, journal.release, at, fault.code);
  await writeRecord(fs, run.places, { ...record, quarantine });
  await writeHistory(run.context, {
    id: journal.id,
    at,
    kind: "refused",
    database: run.database.name,
    from: journal.fromRelease,
    to: journal.release,
    error: fault.code,
  });
  await discard(installation);
}

/** Up to the sealed staging folder. */
async function stage(installation: Installation, journal: Begun): Promise<string> {
  const { run, repository, partials, plan, onReceived, onNote } = installation;
  const { release } = plan;
  const { fs } = run.context;
  const resumable = await checkSpace(run, run.places.generations, plan, partials);
  await writeJournal(fs, run.places, journal);
  run.advance("planned");
  const staging = await makeStaging(run, plan);
  let there = 0;
  const fetching: Fetching = {
    run,
    repository,
    release,
    staging,
    resumable,
    onNote,
    onReceived,
    onProgress: (count) => {
      there += count;
      run.tell(there, plan.fetchBytes);
    },
  };
  const fetched = await fetchFiles(fetching, plan.files);
  await writeJournal(fs, run.places, { ...journal, state: "assembling" });
  run.advance("fetched");
  await assemble(fetching, plan, journal.from, fetched);
  return staging;
}

/** Puts off what took longer than the maintenance window is open; undefined if there is time. */
async function lateFor(installation: Installation): Promise<Ending | undefined> {
  const { run, plan } = installation;
  const { switchBefore } = plan;
  if (switchBefore === undefined || run.context.clock.now().getTime() < switchBefore) {
    return undefined;
  }
  await discard(installation);
  run.advance("deferred");
  const message = `${run.database.name}: The maintenance window closed before the release was ready.`;
  return { kind: "deferred", fault: { code: "policy.window", message } };
}

/** Stages and tries; undefined when the trial passed. */
async function prepare(installation: Installation, journal: Begun): Promise<Ending | undefined> {
  const { run } = installation;
  const staging = await stage(installation, journal);
  await writeJournal(run.context.fs, run.places, { ...journal, state: "trial" });
  run.advance("assembled");
  const verdict = await trial(run, journal.release, staging);
  run.context.signal?.throwIfAborted(); // the last moment at which to stop costs nothing
  if (verdict.kind === "passed") return lateFor(installation);
  if (verdict.kind === "deferred") {
    await discard(installation);
    run.advance("deferred");
    return verdict;
  }
  await reject(installation, journal, verdict.fault);
  run.advance("trial-refused");
  return { kind: "rejected", fault: verdict.fault };
}

async function switchOver(installation: Installation, journal: Begun): Promise<void> {
  const { run, plan } = installation;
  const { fs } = run.context;
  await writeJournal(fs, run.places, { ...journal, state: "switching" });
  run.advance("trial-passed");
  try {
    await nameGeneration(run, plan.generation);
    await moveCurrent(run, plan.generation);
  } catch (error) {
    run.advance("failed"); // the journal stays: recovery looks how far it came
    throw error;
  }
}

/**
 * Installs what was planned. When it fails before the switch, nothing of it stays.
 *
 * @throws VouchsafeError `trust.mismatch`, `transfer.*`, `repository.missing`, `disk.*`; the
 *   signal's reason
 */
export async function install(installation: Installation): Promise<Ending> {
  const { run } = installation;
  const { fs, log } = run.context;
  const journal = begin(installation);
  try {
    const ended = await prepare(installation, journal);
    if (ended !== undefined) return ended;
  } catch (error) {
    run.advance("failed");
    // The first error is the one to tell; what cannot be removed now is removed at the next start.
    await discard(installation).catch((second: unknown) =>
      log.warn("What was staged could not be removed yet", { error: errorDocument(second) }),
    );
    throw error;
  }
  await switchOver(installation, journal);
  await writeJournal(fs, run.places, { ...journal, state: "confirming" });
  run.advance("switched");
  return settle(run, { ...journal, state: "confirming" });
}
