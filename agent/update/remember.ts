/** After a run: how it ended is remembered, and a refusal that is new goes into the history. */
import { errorDocument } from "../../protocol/errors.ts";
import { type LastCheck, type LastRun, readLastRun, writeLastRun } from "../store/last-run.ts";
import { statePlaces } from "../store/layout.ts";
import { newId } from "./run.ts";
import type { DatabaseOutcome, EngineContext, UpdateOutcome } from "./types.ts";
import { writeHistory } from "./write-history.ts";

function checkOf(
  at: string,
  { result, error }: Pick<UpdateOutcome, "result" | "error">,
): LastCheck {
  if (error === undefined) return { at, result };
  return { at, result, error: { code: error.code, message: error.message } };
}

/** Whether a refusal by trust was not there at the last check: a repeated one is told once. */
function isNewRefusal(outcome: DatabaseOutcome, before: LastCheck | undefined): boolean {
  const { error } = outcome;
  return error?.class === "trust" && before?.error?.code !== error.code;
}

/** Remembers a run. A trial that refused is in the history already. Throws `disk.*`. */
async function rememberRun(context: EngineContext, outcome: UpdateOutcome): Promise<void> {
  const { fs, state, clock } = context;
  const places = statePlaces(state);
  const at = clock.now().toISOString();
  const before = await readLastRun(fs, places.lastRun);
  const databases = new Map(before?.databases);
  for (const database of outcome.databases) {
    if (isNewRefusal(database, databases.get(database.name))) {
      await writeHistory(context, {
        id: newId(context),
        at,
        kind: "refused",
        database: database.name,
        from: database.from,
        to: database.to,
        ...(database.error === undefined ? {} : { error: database.error.code }),
      });
    }
    databases.set(database.name, checkOf(at, database));
  }
  const run: LastRun = { ...checkOf(at, outcome), databases };
  await writeLastRun(fs, places.lastRun, run);
}

/** The databases are where they are, even if a full disk keeps the run from being remembered. */
export async function rememberOrWarn(
  context: EngineContext,
  outcome: UpdateOutcome,
): Promise<void> {
  try {
    await rememberRun(context, outcome);
  } catch (error) {
    context.log.warn("How the run ended could not be written down", {
      error: errorDocument(error),
    });
  }
}
