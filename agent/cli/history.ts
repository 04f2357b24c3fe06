/** `history`: what happened to the databases, oldest first; or whether that record is whole. */
import { formatTable } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { readHistory, verifyHistory } from "../update/read-history.ts";
import { terminalLog } from "./call-log.ts";
import { engineContext } from "./compose.ts";
import { openConfig } from "./open-config.ts";

export async function run(context: CliContext): Promise<number> {
  const { out, positionals } = context;
  const config = await openConfig(context);
  const engine = engineContext(context, config, { log: terminalLog(out), lockWaitMs: 0 });
  if (context.options.flag("verify")) {
    const verified = await verifyHistory(engine);
    out.json({ result: "done", verified });
    const open = verified.lines - verified.signed;
    const rest = open === 0 ? "" : "; the last one is signed with the next event";
    out.line(`The history is whole: ${verified.lines} lines, ${verified.signed} signed${rest}.`);
    return 0;
  }
  const wanted = new Set(positionals); // one that is no longer configured has a history too
  const events = (await readHistory(engine)).filter(
    ({ database }) => wanted.size === 0 || wanted.has(database),
  );
  out.json({ result: "done", events });
  if (events.length === 0) {
    out.line("Nothing has happened yet.");
    return 0;
  }
  const rows = events.map(({ at, database, kind, from, to, error, note }) => [
    at,
    database,
    kind,
    `${from?.label ?? "-"} → ${to?.label ?? "-"}`,
    error ?? note ?? "",
  ]);
  out.line(formatTable(rows));
  return 0;
}
