/** `unhold`: releases a held database. One that is not held is no error. */
import type { CliContext } from "../../host/cli/types.ts";
import { unholdDatabase } from "../update/hold.ts";
import { terminalLog } from "./call-log.ts";
import { engineContext } from "./compose.ts";
import { holdLockWaitMs } from "./hold.ts";
import { checkDatabases, openConfig } from "./open-config.ts";
import { readReportBaseline, reportUpdate } from "./report-update.ts";

export async function run(context: CliContext): Promise<number> {
  const { positionals, out } = context;
  const [database = ""] = positionals;
  const config = await openConfig(context);
  checkDatabases(config, [database]);
  const settings = { log: terminalLog(out), lockWaitMs: holdLockWaitMs };
  const engine = engineContext(context, config, settings);
  const { hold, before } = await unholdDatabase(engine, database);
  out.json({ result: "done", database, hold, before });
  out.line(before === null ? `${database} was not held.` : `${database} is released.`);
  const baseline = await readReportBaseline(engine, config);
  if (baseline !== undefined) await reportUpdate(context, config, engine, baseline, []);
  return 0;
}
