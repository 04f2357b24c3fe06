/** From the outcomes of databases to the whole: its result and its exit code. */
import { exitCodes, exitOrder } from "../../protocol/error-codes.ts";
import type { ErrorDocument } from "../../protocol/errors.ts";
import type { UpdateResult } from "../../protocol/report/status-report.ts";
import type { DatabaseOutcome, UpdateOutcome } from "./types.ts";

/** Of several that went well, the one that tells most. */
const goodOrder: readonly UpdateResult[] = ["updated", "planned", "current"];

function databaseExitCode({ result, error }: DatabaseOutcome): number {
  if (result === "reverted") return exitCodes.consumer;
  return error === undefined ? 0 : exitCodes[error.class];
}

const rank = (outcome: DatabaseOutcome): number =>
  exitOrder.findIndex((code) => code === databaseExitCode(outcome));

/** The whole of what happened. */
export function outcomeOf(databases: readonly DatabaseOutcome[]): UpdateOutcome {
  const worst = databases.toSorted((a, b) => rank(a) - rank(b))[0];
  if (worst !== undefined && databaseExitCode(worst) !== 0) {
    return {
      result: worst.result,
      databases,
      ...(worst.error === undefined ? {} : { error: worst.error }),
    };
  }
  const results = new Set(databases.map(({ result }) => result));
  return { result: goodOrder.find((result) => results.has(result)) ?? "current", databases };
}

/** The outcome of a run that did not come to any database. */
export function failedOutcome(error: ErrorDocument): UpdateOutcome {
  return { result: error.class === "trust" ? "refused" : "failed", databases: [], error };
}

/** The exit code that an outcome ends a program with. */
export function exitCodeOfOutcome({ databases, error }: UpdateOutcome): number {
  const codes = new Set(databases.map(databaseExitCode));
  const found = exitOrder.find((code) => code !== 0 && codes.has(code));
  if (found !== undefined) return found;
  return error === undefined ? 0 : exitCodes[error.class];
}
