/**
 * Takes reports in. One transaction for each: when it returns, the report is on the disk. A report
 * is known by (agent, boot, seq), so a replay of a signed request changes nothing.
 */
import { sql, type Transaction } from "kysely";
import { type Sha256 } from "../../protocol/bytes.ts";
import type { AgentId } from "../../protocol/report/identity.ts";
import type { StatusReport } from "../../protocol/report/status-report.ts";
import type { Store } from "./open-store.ts";
import type { Schema } from "./schema.ts";

/** A report whose signature has been verified. */
export interface ReceivedReport {
  readonly report: StatusReport;
  /** Of the body. */
  readonly digest: Sha256;
  /** When it was signed, seconds since 1970. */
  readonly created: number;
  readonly now: Date;
}

/** `conflict`: another body came under this number before. `unknown`: no such agent. */
export type IngestResult = "stored" | "repeated" | "conflict" | "unknown";

/** Reports and events kept of each agent. */
const keptReports = 1_024;
const keptEvents = 1_024;

interface Place {
  readonly boot: string | null;
  readonly seq: number | null;
  readonly created: number | null;
}

/**
 * Whether a report replaces the one that is current: pure. Within one start of the agent the
 * higher number does; of two starts the later signed.
 */
export function supersedes(
  next: { boot: string; seq: number; created: number },
  current: Place,
): boolean {
  if (current.boot === null || current.seq === null || current.created === null) return true;
  return next.boot === current.boot ? next.seq > current.seq : next.created >= current.created;
}

async function makeCurrent(
  trx: Transaction<Schema>,
  { report, created }: ReceivedReport,
): Promise<void> {
  const { agent, boot, seq } = report;
  await trx
    .updateTable("agents")
    .set({ boot, seq, created, report: JSON.stringify({ ...report, events: [] }) })
    .where("id", "=", agent)
    .execute();
  await trx.deleteFrom("installed").where("agent_id", "=", agent).execute();
  const rows = report.databases.flatMap(({ name, release }) =>
    release === null ? [] : [{ agent_id: agent, database: name, version: release.version }],
  );
  if (rows.length === 0) return;
  await trx
    .insertInto("installed")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function keepEvents(
  trx: Transaction<Schema>,
  { report, now }: ReceivedReport,
  ordinal: number,
): Promise<void> {
  const { agent, events } = report;
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    agent_id: agent,
    id: event.id,
    ordinal,
    received_at: now.getTime(),
    body: JSON.stringify({ format: 1, ...event }),
  }));
  await trx
    .insertInto("events")
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const surplus = trx
    .selectFrom("events")
    .select(sql<number>`rowid`.as("rowid"))
    .where("agent_id", "=", agent)
    .orderBy("ordinal", "desc")
    .limit(-1)
    .offset(keptEvents);
  await trx.deleteFrom("events").where(sql`rowid`, "in", surplus).execute();
}

/** Takes a report in; see {@link IngestResult}. */
export async function ingestReport(store: Store, received: ReceivedReport): Promise<IngestResult> {
  const { report, digest, created, now } = received;
  const { agent, boot, seq } = report;
  return store.transaction().execute(async (trx): Promise<IngestResult> => {
    const row = await trx
      .selectFrom("agents")
      .select(["boot", "seq", "created", "report_count"])
      .where("id", "=", agent)
      .executeTakeFirst();
    if (row === undefined) return "unknown";
    const before = await trx
      .selectFrom("reports")
      .select("digest")
      .where("agent_id", "=", agent)
      .where("boot", "=", boot)
      .where("seq", "=", seq)
      .executeTakeFirst();
    if (before !== undefined) return before.digest === digest ? "repeated" : "conflict";
    const ordinal = row.report_count + 1;
    await trx
      .insertInto("reports")
      .values({ agent_id: agent, boot, seq, digest, ordinal, received_at: now.getTime() })
      .execute();
    await trx
      .updateTable("agents")
      .set({ report_count: ordinal, last_seen_at: now.getTime() })
      .where("id", "=", agent)
      .execute();
    if (supersedes({ boot, seq, created }, row)) await makeCurrent(trx, received);
    await keepEvents(trx, received, ordinal);
    await trx
      .deleteFrom("reports")
      .where("agent_id", "=", agent)
      .where("ordinal", "<=", ordinal - keptReports)
      .execute();
    return "stored";
  });
}

/** The public key (32 bytes) of an enrolled agent. */
export async function publicKeyOf(store: Store, agent: AgentId): Promise<Buffer | undefined> {
  const row = await store
    .selectFrom("agents")
    .select("public_key")
    .where("id", "=", agent)
    .executeTakeFirst();
  return row === undefined ? undefined : Buffer.from(row.public_key, "hex");
}
