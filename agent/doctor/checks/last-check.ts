/** How the last check ended, how long ago, and what keeps a database from moving. */
import { formatSeconds } from "../../../host/cli/format.ts";
import { type ErrorCode, errorCodes } from "../../../protocol/error-codes.ts";
import type { AgentConfig } from "../../config/types.ts";
import type { LastCheck, LastRun } from "../../store/last-run.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";
import type { Installed } from "../installed.ts";

const dayMs = 86_400_000;

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code);

/** How long without a check is too long, milliseconds: three intervals; a day by `cron`. */
export function patienceMs({ everyMs }: AgentConfig["schedule"]): number {
  return everyMs === undefined ? dayMs : Math.max(3 * everyMs, 600_000);
}

const dayOr = (patience: number): number => Math.max(patience, dayMs);

function judgeAge(run: LastRun | undefined, config: AgentConfig, now: number): Finding {
  if (run === undefined) {
    return warning("No check was made yet.", "Run `agent update --now`.");
  }
  const ageMs = now - Date.parse(run.at);
  const message = `The last check was ${formatSeconds(Math.max(0, Math.round(ageMs / 1000)))} ago.`;
  const patience = patienceMs(config.schedule);
  if (ageMs <= patience) return ok(message);
  const advice = "Look whether the service or its timer runs; `agent update --now` checks at once.";
  return ageMs > dayOr(patience)
    ? failure("transfer.timeout", message, advice)
    : warning(message, advice);
}

/** A database: pure. */
export function judgeDatabase(
  name: string,
  { current, path, release, record }: Installed,
  last: LastCheck | undefined,
): readonly Finding[] {
  const findings: Finding[] = [];
  const { error } = last ?? {};
  if (current === "foreign" || current === "dangling") {
    const message = `${path} is no link to a generation of the agent's.`;
    findings.push(
      failure("disk.corrupt", message, "Run `agent update --now`; see `agent verify`."),
    );
  }
  if (record.tampered !== null) {
    const message = `${name}: installed files were found changed.`;
    findings.push(failure("trust.tampered", message));
  }
  if (error !== undefined && last?.result !== "held") {
    const code = isErrorCode(error.code) ? error.code : "internal.unexpected";
    findings.push(failure(code, `${name}: the last check ${last?.result ?? ""}: ${error.message}`));
  }
  if (record.hold !== null) {
    const { reason, until } = record.hold;
    const message = `${name} is held until ${until ?? "it is released"}: ${reason}`;
    findings.push(warning(message, "Run `agent unhold` when it may move again."));
  }
  if (findings.length > 0) return findings;
  if (release === undefined) {
    return [warning(`${name} is not installed yet.`, "Run `agent update --now`.")];
  }
  const kept = last?.result === "held" && error !== undefined ? `; ${error.message}` : ".";
  return [ok(`${name} has release ${release.label}${kept}`)];
}

export const lastCheckCheck: Check = {
  id: "last-check",
  title: "how long ago the last check was, and how it ended for each database",
  run: async (context) => {
    const run = await context.lastRun();
    const installed = await context.installed();
    return [
      judgeAge(run, context.config, context.clock.now().getTime()),
      ...[...installed].flatMap(([name, found]) =>
        judgeDatabase(name, found, run?.databases.get(name)),
      ),
    ];
  },
};
