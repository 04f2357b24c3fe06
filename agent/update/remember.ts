/** After a run: how it ended is remembered, and a refusal that is new goes into the history. */
import { errorDocument } from "../../protocol/errors.ts";
import type { UpdateResult } from "../../protocol/report/status-report.ts";
import { type LastCheck, type LastRun, readLastRun, writeLastRun } from "../store/last-run.ts";
import { statePlaces } from "../store/layout.ts";
import { newId } from "./run.ts";
import type { DatabaseOutcome, EngineContext, UpdateOutcome } from "./types.ts";
import { writeHistory } from "./write-history.ts";

/** Results of a check that came to its end; policy may have kept a release back. */
const good: ReadonlySet<UpdateResult> = new Set(["updated", "current", "held"]);

function checkOf(
  at: string,
  { result, error }: Pick<UpdateOutcome, "result" | "error">,
  before: LastCheck | undefined,
): LastCheck {
  const succeededAt = good.has(result) ? at : before?.succeededAt;
  return {
    at,
    result,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    ...(succeededAt === undefined ? {} : { succeededAt }),
  };
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
    const last = databases.get(database.name);
    const receivedBytes = (last?.receivedBytes ?? 0) + database.bytes;
    databases.set(database.name, { ...checkOf(at, database, last), receivedBytes });
  }
  const run: LastRun = { ...checkOf(at, outcome, before), databases };
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
