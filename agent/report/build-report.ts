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
  const { release, error } = database;
  return {
    ...database,
    release:
      release === null ? null : { ...release, label: cleanText(release.label, reportLimits.text) },
    ...(error === undefined
      ? {}
      : { error: { ...error, message: cleanText(error.message, reportLimits.message) } }),
  };
}

/** The report. Texts are cut to their bounds; of more databases or events than fit, the first stay. */
export function buildReport(parts: ReportParts): StatusReport {
  const { identity, boot, seq, now, state, events } = parts;
  return {
    format: 1,
    agent: identity.id,
    boot,
    seq,
    sentAt: now.toISOString(),
    host: hostFacts(parts),
    ...state,
    databases: state.databases.slice(0, reportLimits.databases).map(tidyDatabase),
    events: events.slice(0, reportLimits.events),
  };
}
