/**
 * A whole run: the lock, recovery, one check of the repository, then each database in turn. The
 * one code path for daemon, timer and command line.
 */
import { errorDocument } from "../../protocol/errors.ts";
import type { TrustClient } from "../trust/types.ts";
import { checkRepository } from "./check.ts";
import { collectGarbage } from "./collect.ts";
import { readInstalled } from "./installed.ts";
import { chooseDatabases, underLock } from "./locked.ts";
import { failedOutcome, outcomeOf } from "./outcome.ts";
import { recoverDatabase } from "./perform-recovery.ts";
import { rememberOrWarn } from "./remember.ts";
import { type DatabaseRun, startRun } from "./run.ts";
import { selfCheck, tamperedSentence } from "./self-check.ts";
import type {
  DatabaseOutcome,
  EngineContext,
  ManagedDatabase,
  UpdateContext,
  UpdateOutcome,
  UpdateRequest,
} from "./types.ts";
import { type Findings, onMirrors, unreachedOutcome, updateDatabase } from "./update-database.ts";

type Recovery = { readonly notes: readonly string[]; readonly failure?: unknown };

async function tryRecover(context: EngineContext, database: ManagedDatabase): Promise<Recovery> {
  try {
    return { notes: await recoverDatabase(context, database) };
  } catch (failure) {
    context.signal?.throwIfAborted();
    return { notes: [], failure };
  }
}

/** What is current, as far as it can be told, for an outcome that came to nothing else. */
async function installedRelease(context: EngineContext, database: ManagedDatabase) {
  try {
    const { installed } = await readInstalled(startRun(context, database));
    return installed?.manifest.release ?? null;
  } catch {
    return null;
  }
}

type Checked = { readonly trust: TrustClient } | { readonly failure: unknown };

async function tryCheck(context: UpdateContext): Promise<Checked> {
  try {
    return { trust: await checkRepository(context) };
  } catch (failure) {
    context.signal?.throwIfAborted();
    return { failure };
  }
}

/** A database whose check begins now. */
function beginRun(context: UpdateContext, database: ManagedDatabase): DatabaseRun {
  const run = startRun(context, database);
  run.advance("start");
  return run;
}

async function runLocked(
  context: UpdateContext,
  chosen: readonly ManagedDatabase[],
  request: UpdateRequest,
): Promise<readonly DatabaseOutcome[]> {
  // Everything that was interrupted is mended first, whether it is asked for now or not.
  const recoveries = new Map<string, Recovery>();
  for (const database of context.databases) {
    recoveries.set(database.name, await tryRecover(context, database));
  }
  // Before the network is asked: a repository that is gone hides no change on this machine.
  const findings = new Map<string, Findings>();
  for (const database of chosen) {
    const { notes = [], failure } = recoveries.get(database.name) ?? {};
    const unchecked = failure !== undefined || request.planOnly;
    const tampered = unchecked ? [] : await selfCheck(context, database);
    const told = tampered.length === 0 ? notes : [...notes, tamperedSentence(tampered)];
    findings.set(database.name, { notes: told, tampered });
  }
  const runs = chosen.map((database) => beginRun(context, database));
  const checked = await tryCheck(context);
  const outcomes: DatabaseOutcome[] = [];
  for (const run of runs) {
    const { database } = run;
    const found = findings.get(database.name) ?? { notes: [], tampered: [] };
    const failure = recoveries.get(database.name)?.failure;
    if (failure !== undefined || "failure" in checked) {
      const reason = failure ?? ("failure" in checked ? checked.failure : undefined);
      const from = await installedRelease(context, database);
      const outcome = unreachedOutcome(database.name, from, reason, found);
      outcomes.push({ ...outcome, ...onMirrors(context) });
      continue;
    }
    outcomes.push(await updateDatabase(context, run, checked.trust, request, found));
  }
  if (!request.planOnly) {
    for (const database of context.databases) await collectGarbage(context, database);
    await context.partials?.sweep();
    await context.repository.remember();
  }
  return outcomes;
}

/**
 * Runs one update. Whatever goes wrong is in the outcome; `exitCodeOfOutcome` says how a program
 * ends with it.
 *
 * @throws only the signal's reason
 */
export async function runUpdate(
  context: UpdateContext,
  request: UpdateRequest,
): Promise<UpdateOutcome> {
  try {
    const chosen = chooseDatabases(context, request.databases);
    return await underLock(context, async () => {
      const outcome = outcomeOf(await runLocked(context, chosen, request));
      if (!request.planOnly) await rememberOrWarn(context, outcome);
      return outcome;
    });
  } catch (error) {
    context.signal?.throwIfAborted();
    return failedOutcome(errorDocument(error));
  }
}

/**
 * Mends what was interrupted, of all configured databases, and does nothing else.
 *
 * @returns what was mended, in sentences, by database
 * @throws VouchsafeError `busy.locked`, `disk.*`, `format.newer`
 */
export function recover(context: EngineContext): Promise<ReadonlyMap<string, readonly string[]>> {
  return underLock(context, async () => {
    const told = new Map<string, readonly string[]>();
    for (const database of context.databases) {
      told.set(database.name, await recoverDatabase(context, database));
    }
    return told;
  });
}
