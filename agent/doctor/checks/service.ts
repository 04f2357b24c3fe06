/** Who checks by itself: the service or a timer, as systemd and the control socket tell. */
import process from "node:process";
import { lstatIfExists } from "../../../host/durable.ts";
import type { RunProgram } from "../../consumer/command.ts";
import type { DoctorContext, ServiceFacts } from "../context.ts";
import { type Check, type Finding, failure, failureOf, ok, warning } from "../findings.ts";

/** A unit as `systemctl show` tells it. */
export interface UnitState {
  readonly unit: string;
  /** `loaded`, `not-found`, `masked`, … */
  readonly load: string;
  /** `active`, `inactive`, `failed`, `activating`, … */
  readonly active: string;
  /** `enabled`, `disabled`, …; empty where there is no such state. */
  readonly enabled: string;
  /** How often it was started again. */
  readonly restarts: number;
}

const systemctl = "/usr/bin/systemctl";
const unitNames = ["vouchsafe-agent.service", "vouchsafe-agent-oneshot.timer"] as const;
const askMs = 5_000;
const manyRestarts = 3;

/** Reads `systemctl show`: pure. */
export function parseUnit(unit: string, text: string): UnitState {
  const values = new Map(
    text.split("\n").map((line) => {
      const [name = "", ...rest] = line.split("=");
      return [name, rest.join("=")] as const;
    }),
  );
  return {
    unit,
    load: values.get("LoadState") ?? "",
    active: values.get("ActiveState") ?? "",
    enabled: values.get("UnitFileState") ?? "",
    restarts: Number(values.get("NRestarts") ?? 0) || 0,
  };
}

async function askUnit(run: RunProgram, unit: string, signal: AbortSignal): Promise<UnitState> {
  const wanted = "--property=LoadState,ActiveState,UnitFileState,NRestarts";
  const { stdout } = await run([systemctl, "show", wanted, unit], {
    env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
    timeoutMs: askMs,
    maxOutputBytes: 16_384,
    signal,
  });
  return parseUnit(unit, stdout);
}

/** The units of this machine; undefined where systemd is not the service manager. */
export async function readUnits(
  { fs, run }: Pick<DoctorContext, "fs" | "run">,
  signal: AbortSignal,
): Promise<readonly UnitState[] | undefined> {
  if ((await lstatIfExists(fs, "/run/systemd/system")) === undefined) return undefined;
  return Promise.all(unitNames.map((unit) => askUnit(run, unit, signal)));
}

const journal = (unit: string): string => `Look at journalctl -u ${unit} -n 50.`;

function judgeUnit({ unit, active, enabled, restarts }: UnitState): readonly Finding[] {
  if (active === "failed") {
    return [failure("internal.unexpected", `${unit} has failed.`, journal(unit))];
  }
  if (restarts >= manyRestarts) {
    const message = `${unit} is ${active} and was started again ${restarts} times.`;
    return [warning(message, journal(unit))];
  }
  if (active !== "active") return [];
  if (enabled !== "enabled") {
    const message = `${unit} is active, but not enabled: it will not come back after a reboot.`;
    return [warning(message, `Run systemctl enable ${unit}.`)];
  }
  return [ok(`${unit} is active and enabled.`)];
}

/** How a service is had where systemd is not the service manager. */
const howElse = (platform: NodeJS.Platform): string =>
  platform === "win32"
    ? "Run `agent service install`, then `agent service start`."
    : "Start `agent run` as a service, or run `agent update` by cron.";

/** Pure. */
export function judgeService(
  units: readonly UnitState[] | undefined,
  service: ServiceFacts | undefined,
  platform: NodeJS.Platform = "linux",
): readonly Finding[] {
  const known = (units ?? []).filter(({ load }) => load === "loaded").flatMap(judgeUnit);
  if (service !== undefined) {
    const next = service.nextCheckAt === null ? "" : `, next check at ${service.nextCheckAt}`;
    const what = service.busy ? "is working now" : "answers";
    return [...known, ok(`The service ${what} (process ${service.pid})${next}.`)];
  }
  const [serviceUnit] = unitNames;
  if (units?.some(({ unit, active }) => unit === serviceUnit && active === "active") === true) {
    const message = "The service is active, but does not answer on its control socket.";
    return [...known, failure("internal.unexpected", message, journal(serviceUnit))];
  }
  if (known.length > 0) return known;
  const advice =
    units === undefined
      ? howElse(platform)
      : "Run systemctl enable --now vouchsafe-agent (or vouchsafe-agent-oneshot.timer).";
  return [warning("No service runs: nothing checks by itself.", advice)];
}

export const serviceCheck: Check = {
  id: "service",
  title: "the unit's state, and whether the service answers on its control socket",
  run: async (context, signal) => {
    const [units, service] = await Promise.all([
      readUnits(context, signal),
      context.service().catch((error: unknown) => failureOf(error)),
    ]);
    const { platform } = process;
    if (service === undefined || "pid" in service) return judgeService(units, service, platform);
    const whoMay =
      platform === "win32" ? "an administrator" : "root or a member of the group vouchsafe";
    const advice = `Run the doctor as ${whoMay}.`;
    return [warning(service.message, advice)];
  },
};
