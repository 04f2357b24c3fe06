/** `rollback`: back to a generation that is on the disk; the release that is left is quarantined. */
import type { CliContext } from "../../host/cli/types.ts";
import { errorDocument } from "../../protocol/errors.ts";
import { exitCodeOfOutcome, failedOutcome } from "../update/outcome.ts";
import { rollback } from "../update/rollback.ts";
import type { UpdateOutcome } from "../update/types.ts";
import { terminalLog } from "./call-log.ts";
import { engineContext } from "./compose.ts";
import { checkDatabases, openConfig } from "./open-config.ts";
import { printOutcome } from "./print-outcome.ts";
import { readReportBaseline, reportUpdate } from "./report-update.ts";
import { type ShownOutcome, showOutcome } from "./show-outcome.ts";

const lockWaitMs = 30_000;

export const failure = (error: unknown): unknown => failedOutcome(errorDocument(error));

function show(outcome: UpdateOutcome): ShownOutcome {
  const { error } = outcome;
  if (error !== undefined) return showOutcome(outcome);
  const lines = outcome.databases.map(({ name, from, to, notes }) => {
    const left = from === null ? "" : `; ${from.label} is quarantined until a newer one appears`;
    return [`${name}: rolled back to ${to?.label ?? "nothing"}${left}`, ...(notes ?? [])].join(
      "\n  ",
    );
  });
  return { lines, errors: [] };
}

export async function run(context: CliContext): Promise<number> {
  const { positionals, options, out } = context;
  const [database = ""] = positionals;
  const config = await openConfig(context);
  checkDatabases(config, [database]);
  const engine = engineContext(context, config, { log: terminalLog(out), lockWaitMs });
  const baseline = await readReportBaseline(engine, config);
  const to = options.str("to");
  const outcome = await rollback(engine, database, to === undefined ? {} : { to });
  printOutcome(context, outcome, show(outcome));
  if (baseline !== undefined) {
    await reportUpdate(context, config, engine, baseline, outcome.databases);
  }
  return exitCodeOfOutcome(outcome);
}
