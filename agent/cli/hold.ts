/** `hold`: a database stays as it is until it is released, or for a while. */
import type { CliContext } from "../../host/cli/types.ts";
import { parseDuration } from "../../host/config/units.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { cleanReason } from "../policy/hold.ts";
import { holdDatabase } from "../update/hold.ts";
import { terminalLog } from "./call-log.ts";
import { engineContext } from "./compose.ts";
import { checkDatabases, openConfig } from "./open-config.ts";
import { readReportBaseline, reportUpdate } from "./report-update.ts";

/** How long a hold waits for a check that runs, milliseconds. */
export const holdLockWaitMs = 30_000;

const minuteMs = 60_000;
const longestMs = 366 * 86_400_000;

/** Milliseconds; undefined without the option. Throws `usage.*`. */
function durationOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration >= minuteMs && duration <= longestMs) return duration;
  throw new VouchsafeError("usage.arguments", "--for must be from 1m to 366d.");
}

export async function run(context: CliContext): Promise<number> {
  const { positionals, options, out } = context;
  const [database = ""] = positionals;
  const reason = cleanReason(options.need("reason"));
  const duration = durationOf(options.str("for"));
  const config = await openConfig(context);
  checkDatabases(config, [database]);
  const settings = { log: terminalLog(out), lockWaitMs: holdLockWaitMs };
  const engine = engineContext(context, config, settings);
  const { hold, before } = await holdDatabase(engine, database, reason, duration);
  out.json({ result: "done", database, hold, before });
  out.line(`${database}: held until ${hold?.until ?? "it is released"}: ${reason}`);
  const baseline = await readReportBaseline(engine, config);
  if (baseline !== undefined) await reportUpdate(context, config, engine, baseline, []);
  return 0;
}
