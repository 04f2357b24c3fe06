/** `history`: what happened to the databases, oldest first. */
import { formatTable } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { readHistory } from "../update/read-state.ts";
import { terminalLog } from "./call-log.ts";
import { engineContext } from "./compose.ts";
import { openConfig } from "./open-config.ts";

export async function run(context: CliContext): Promise<number> {
  const { out, positionals } = context;
  const config = await openConfig(context);
  const engine = engineContext(context, config, { log: terminalLog(out), lockWaitMs: 0 });
  const wanted = new Set(positionals); // one that is no longer configured has a history too
  const events = (await readHistory(engine)).filter(
    ({ database }) => wanted.size === 0 || wanted.has(database),
  );
  out.json({ result: "done", events });
  if (events.length === 0) {
    out.line("Nothing has happened yet.");
    return 0;
  }
  const rows = events.map(({ at, database, kind, from, to, error }) => [
    at,
    database,
    kind,
    `${from?.label ?? "-"} → ${to?.label ?? "-"}`,
    error ?? "",
  ]);
  out.line(formatTable(rows));
  return 0;
}
