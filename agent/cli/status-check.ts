/** `status --check`: one line and one of four exit codes, as monitoring plugins have them. */
import type { CliContext } from "../../host/cli/types.ts";
import { parseDuration } from "../../host/config/units.ts";
import { errorDocument, toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import { judge, type Status, statuses } from "../monitoring/judge.ts";
import { measuresOf, pluginLine } from "../monitoring/plugin-line.ts";
import { readMonitoredState } from "./monitored-state.ts";
import { openConfig } from "./open-config.ts";
import { stateContext } from "./state-context.ts";

const defaultMaxAge = "24h";
const longestMaxAgeMs = 366 * 86_400_000;

const exitCodeOf = (status: Status): number => statuses.indexOf(status);

function maxAgeOf({ options }: CliContext): number {
  const text = options.str("max-age") ?? defaultMaxAge;
  const maxAgeMs = parseDuration(text);
  if (maxAgeMs >= 1000 && maxAgeMs <= longestMaxAgeMs) return maxAgeMs;
  throw new VouchsafeError("usage.input", "--max-age must be from 1s to 366d.");
}

async function check(context: CliContext): Promise<Status> {
  const { out, clock, program } = context;
  const maxAgeMs = maxAgeOf(context);
  const config = await openConfig(context);
  const looking = stateContext(clock, config);
  const state = await readMonitoredState(looking, config, program.version.version);
  const now = clock.now().getTime();
  const { status, problems, summary } = judge({ state, now, maxAgeMs });
  const measures = measuresOf(state, now, maxAgeMs);
  out.json({ result: "done", status, summary, problems, measures });
  out.line(pluginLine(status, summary, measures));
  return status;
}

/** Whatever goes wrong is UNKNOWN: the usual exit codes mean something else to a monitor. */
export async function run(context: CliContext): Promise<number> {
  try {
    return exitCodeOf(await check(context));
  } catch (error) {
    context.signal.throwIfAborted();
    const { message, advice } = toVouchsafeError(error);
    context.out.json({ result: "failed", status: "UNKNOWN", error: errorDocument(error) });
    context.out.line(pluginLine("UNKNOWN", `${message} ${advice}`, []));
    return exitCodeOf("UNKNOWN");
  }
}
