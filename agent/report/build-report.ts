/** Builds a status report from the agent's state: a pure function, and its result always parses. */
import { createHmac } from "node:crypto";
import { sha256 } from "../../protocol/bytes.ts";
import { reportLimits } from "../../protocol/report/limits.ts";
import type {
  HistoryHead,
  HostFacts,
  ReportedDatabase,
  ReportedEvent,
  StatusReport,
  UpdateResult,
} from "../../protocol/report/status-report.ts";
import { cleanText } from "./clean-text.ts";
import type { SystemFacts } from "./facts.ts";
import type { AgentIdentity } from "./identity.ts";

/** How the host's name is told: as it is, as a pseudonym, or not at all. */
export type HostnamePrivacy = "plain" | "hash" | "none";

/** What the rest of the agent says of itself. */
export interface AgentState {
  readonly databases: readonly ReportedDatabase[];
  readonly lastResult: UpdateResult | null;
  /** How often the agent checks by itself, seconds. */
  readonly intervalSeconds?: number;
  readonly checkpoint?: string;
  readonly historyHead?: HistoryHead;
}

/** All that goes into one report. */
export interface ReportParts {
  readonly identity: AgentIdentity;
  readonly boot: string;
  readonly seq: number;
  readonly now: Date;
  readonly facts: SystemFacts;
  readonly agentVersion: string;
  readonly privacy: HostnamePrivacy;
  readonly state: AgentState;
  readonly events: readonly ReportedEvent[];
}

/**
 * A pseudonym for the host's name: stable for this agent, and keyed by its private key, so that a
 * console cannot find the name by trying names.
 */
export function hostnamePseudonym(seed: Uint8Array, hostname: string): string {
  const domain = Buffer.from("vouchsafe/hostname-pseudonym/v1\n");
  const key = Buffer.from(sha256(Buffer.concat([domain, seed])), "hex");
  return createHmac("sha256", key).update(hostname).digest("hex").slice(0, 16);
}

function hostFacts({ facts, privacy, identity, agentVersion }: ReportParts): HostFacts {
  const { hostname, ...rest } = facts;
  const shared = { ...rest, version: cleanText(agentVersion, 64) };
  if (privacy === "plain") return { hostname, ...shared };
  if (privacy === "none") return shared;
  return { hostnameHash: hostnamePseudonym(identity.seed, hostname), ...shared };
}

function tidyDatabase(database: ReportedDatabase): ReportedDatabase {
  const { release, error, hold } = database;
  return {
    ...database,
    ...(hold === undefined
      ? {}
      : { hold: { ...hold, reason: cleanText(hold.reason, reportLimits.text) } }),
    release:
      release === null ? null : { ...release, label: cleanText(release.label, reportLimits.text) },
    ...(error === undefined
      ? {}
      : { error: { ...error, message: cleanText(error.message, reportLimits.message) } }),
  };
}

/** Characters of an error's message when the whole would be too long. */
const shortMessage = 120;

function shorten(database: ReportedDatabase): ReportedDatabase {
  const { error } = database;
  if (error === undefined) return database;
  return { ...database, error: { ...error, message: cleanText(error.message, shortMessage) } };
}

/** Gives up events first (they are sent later), then long messages, then databases. */
function fit(report: StatusReport): StatusReport {
  const { events, databases } = report;
  if (Buffer.byteLength(JSON.stringify(report)) <= reportLimits.reportBytes) return report;
  if (events.length > 0) return fit({ ...report, events: events.slice(0, events.length >> 1) });
  if (databases.some(({ error }) => (error?.message.length ?? 0) > shortMessage)) {
    return fit({ ...report, databases: databases.map(shorten) });
  }
  return fit({ ...report, databases: databases.slice(0, databases.length >> 1) });
}

/**
 * The report. Texts are cut to their bounds; of more databases or events than fit, the first stay.
 * Only the events that are in it may be acknowledged.
 */
export function buildReport(parts: ReportParts): StatusReport {
  const { identity, boot, seq, now, state, events } = parts;
  const { intervalSeconds, ...rest } = state;
  const interval = Math.min(Math.max(1, Math.round(intervalSeconds ?? 1)), 31_536_000);
  return fit({
    format: 1,
    agent: identity.id,
    boot,
    seq,
    sentAt: now.toISOString(),
    host: hostFacts(parts),
    ...rest,
    ...(intervalSeconds === undefined ? {} : { intervalSeconds: interval }),
    databases: state.databases.slice(0, reportLimits.databases).map(tidyDatabase),
    events: events.slice(0, reportLimits.events),
  });
}
