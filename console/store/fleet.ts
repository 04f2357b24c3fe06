/** Reads the fleet for the API: pages of agents, one agent with its events, the newest releases. */

import type { AgentId } from "../../protocol/report/identity.ts";
import { parseReportedEvent, type ReportedEvent } from "../../protocol/report/status-report.ts";
import type { Store } from "./open-store.ts";

/** An agent as it is stored. */
export interface StoredAgent {
  readonly id: string;
  readonly enrolledAt: number;
  readonly lastSeenAt: number | null;
  /** The text of the current report. */
  readonly report: string | null;
}

interface AgentColumns {
  readonly id: string;
  readonly enrolled_at: number;
  readonly last_seen_at: number | null;
  readonly report: string | null;
}

const columns = ["id", "enrolled_at", "last_seen_at", "report"] as const;

const fromRow = (row: AgentColumns): StoredAgent => ({
  id: row.id,
  enrolledAt: row.enrolled_at,
  lastSeenAt: row.last_seen_at,
  report: row.report,
});

/** At most `limit` agents whose id follows `after`, in the order of ids. */
export async function agentsAfter(
  store: Store,
  after: string,
  limit: number,
): Promise<readonly StoredAgent[]> {
  const rows = await store
    .selectFrom("agents")
    .select(columns)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(fromRow);
}

/** How many agents are enrolled. */
export async function countAgents(store: Store): Promise<number> {
  const row = await store
    .selectFrom("agents")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** One agent, or undefined. */
export async function agentById(store: Store, id: AgentId): Promise<StoredAgent | undefined> {
  const row = await store
    .selectFrom("agents")
    .select(columns)
    .where("id", "=", id)
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

/** The newest events of an agent, newest first. */
export async function eventsOf(
  store: Store,
  id: AgentId,
  limit: number,
): Promise<readonly ReportedEvent[]> {
  const rows = await store
    .selectFrom("events")
    .select("body")
    .where("agent_id", "=", id)
    .orderBy("ordinal", "desc")
    .orderBy("received_at", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ body }) => parseReportedEvent(Buffer.from(body)));
}

/** The highest version of each database that is installed anywhere in the fleet. */
export async function newestVersions(store: Store): Promise<ReadonlyMap<string, number>> {
  const rows = await store
    .selectFrom("installed")
    .select(({ fn }) => ["database", fn.max("version").as("version")] as const)
    .groupBy("database")
    .execute();
  return new Map(rows.map(({ database, version }) => [database, version]));
}
