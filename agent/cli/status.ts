/** `status`: what is installed and how the last check ended. Reads state only; no network. */
import { formatSeconds, formatTable } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type JsonObject, own } from "../../protocol/json.ts";
import type { AgentConfig } from "../config/types.ts";
import { callService } from "../daemon/control-client.ts";
import type { OriginStanding } from "../transfer/origin-standing.ts";
import {
  type DatabaseState,
  type EngineState,
  readState,
  type StateContext,
} from "../update/read-state.ts";
import { openConfig } from "./open-config.ts";
import { stateContext } from "./state-context.ts";

/** How the service is; undefined when none runs or it cannot be asked. */
async function askService(context: CliContext, config: AgentConfig) {
  const { socket, state } = config;
  const request = { verb: "service" } as const;
  return callService({ socket, state, request, signal: context.signal }).catch(() => undefined);
}

function serviceDocument(service: JsonObject | undefined): JsonObject {
  if (service === undefined) return { running: false };
  const { event: _event, ...rest } = service;
  return { running: true, ...rest };
}

/** How long ago a moment was, in words. */
function ago(at: string | null, now: Date): string {
  if (at === null) return "never";
  const seconds = (now.getTime() - Date.parse(at)) / 1000;
  return seconds < 0 ? at : `${formatSeconds(Math.round(seconds))} ago`;
}

function remark({ hold, error, underWay, release, tampered }: DatabaseState): string {
  if (tampered) return "installed files were changed";
  if (hold !== null) {
    return `held until ${hold.until ?? "it is released"}: ${hold.reason}`;
  }
  if (underWay !== null) return `an update is ${underWay}`;
  if (error !== undefined) return `${error.message} [${error.code}]`;
  return release === null ? "not installed yet" : "";
}

function table(state: EngineState, now: Date): string {
  const rows = state.databases.map((database) => [
    database.name,
    database.release?.label ?? "-",
    ago(database.installedAt, now),
    ago(database.lastCheckAt, now),
    database.lastResult ?? "-",
    remark(database),
  ]);
  return formatTable([["DATABASE", "RELEASE", "INSTALLED", "CHECKED", "RESULT", ""], ...rows]);
}

function serviceLine(service: JsonObject | undefined): string {
  if (service === undefined) return "service: not running";
  const next = own(service, "nextCheckAt");
  const busy = own(service, "busy") === true ? "working now" : "idle";
  return `service: running, ${busy}${typeof next === "string" ? `, next check at ${next}` : ""}`;
}

async function readOrigin({ fs }: StateContext, { state, repository }: AgentConfig) {
  if (repository.relays.length === 0) return undefined;
  const { readOriginStanding } = await import("../transfer/origin-standing.ts");
  return readOriginStanding(fs, state, repository.relays);
}

/** Where relays are asked: whether the others have been heard of late. */
function originLines(origin: OriginStanding | undefined, now: Date): readonly string[] {
  if (origin === undefined) return [];
  const { answeredAt, overdue } = origin;
  const heard = `a mirror that is no relay last answered: ${ago(answeredAt, now)}`;
  return [overdue ? `origin: OVERDUE, ${heard}` : `origin: ${heard}`];
}

export async function run(context: CliContext): Promise<number> {
  if (context.options.flag("check")) return (await import("./status-check.ts")).run(context);
  if (context.options.str("max-age") !== undefined) {
    throw new VouchsafeError("usage.arguments", "--max-age is for --check.");
  }
  const config = await openConfig(context);
  const ports = stateContext(context.clock, config);
  const state = await readState(ports);
  const service = await askService(context, config);
  const origin = await readOrigin(ports, config);
  const document = { ...state, ...(origin && { origin }), service: serviceDocument(service) };
  context.out.json({ result: "done", ...document });
  context.out.line(table(state, context.clock.now()));
  for (const line of originLines(origin, context.clock.now())) context.out.line(line);
  context.out.line(serviceLine(service));
  return 0;
}
