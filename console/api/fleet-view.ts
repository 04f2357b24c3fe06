/** What the API tells of an agent, and the state it is in: pure, and never a secret. */
import {
  parseStatusReport,
  type ReportedDatabase,
  type StatusReport,
  type UpdateResult,
} from "../../protocol/report/status-report.ts";
import type { StoredAgent } from "../store/fleet.ts";
import type { AgentView, DatabaseView, FleetState } from "./views.ts";

/** When an agent that reports on its own is expected again, seconds. */
export const nextReportSeconds = 900;

const failures: ReadonlySet<UpdateResult | null> = new Set(["failed", "refused", "reverted"]);
const defaultIntervalSeconds = 3_600;

/** Milliseconds of silence after which an agent counts as late: two and a half intervals. */
export function lateAfterMs(intervalSeconds: number | undefined): number {
  return Math.max(intervalSeconds ?? defaultIntervalSeconds, nextReportSeconds) * 2_500;
}

function viewDatabase(database: ReportedDatabase, newest: number | undefined): DatabaseView {
  const { release, lastResult } = database;
  if (failures.has(lastResult)) return { ...database, state: "failing" };
  const outdated = release === null || (newest !== undefined && release.version < newest);
  return { ...database, state: outdated ? "outdated" : "ok" };
}

function reasonOf(database: DatabaseView, newest: number | undefined): string | undefined {
  const { name, release, lastResult, error, state } = database;
  if (state === "ok") return undefined;
  if (state === "failing") {
    return `${name}: ${lastResult ?? "failed"}${error === undefined ? "" : ` (${error.message})`}`;
  }
  if (release === null) return `${name}: not installed yet`;
  return `${name}: version ${release.version}, others have ${newest ?? "newer"}`;
}

function stateOf(
  report: StatusReport,
  databases: readonly DatabaseView[],
  late: boolean,
): FleetState {
  const worst = (state: DatabaseView["state"]): boolean =>
    databases.some((database) => database.state === state);
  if (worst("failing") || failures.has(report.lastResult)) return "failing";
  if (late) return "late";
  return worst("outdated") ? "outdated" : "ok";
}

/**
 * The view of a stored agent at a moment.
 *
 * @param newest the highest version of each database in the fleet
 */
export function viewAgent(
  agent: StoredAgent,
  newest: ReadonlyMap<string, number>,
  now: Date,
): AgentView {
  const enrolledAt = new Date(agent.enrolledAt).toISOString();
  const { id, lastSeenAt } = agent;
  if (agent.report === null || lastSeenAt === null) {
    const nothing = { hostname: null, hostnameHash: null, platform: null, os: null, arch: null };
    const reasons = ["enrolled, but no report has come yet"];
    const rest = { lastSeenAt: null, lastResult: null, databases: [] };
    return { id, ...nothing, version: null, enrolledAt, state: "never", reasons, ...rest };
  }
  const report = parseStatusReport(Buffer.from(agent.report));
  const { host, lastResult } = report;
  const databases = report.databases.map((item) => viewDatabase(item, newest.get(item.name)));
  const late = now.getTime() - lastSeenAt > lateAfterMs(report.intervalSeconds);
  const state = stateOf(report, databases, late);
  const ownReasons = databases.map((item) => reasonOf(item, newest.get(item.name)));
  const reasons = [late ? "no report for longer than expected" : undefined, ...ownReasons].filter(
    (reason) => reason !== undefined,
  );
  if (state === "failing" && reasons.length === 0) reasons.push(`last run: ${lastResult}`);
  return {
    id,
    hostname: host.hostname ?? null,
    hostnameHash: host.hostnameHash ?? null,
    platform: host.platform,
    os: host.os,
    arch: host.arch,
    version: host.version,
    enrolledAt,
    lastSeenAt: new Date(lastSeenAt).toISOString(),
    state,
    reasons,
    lastResult,
    databases,
  };
}
