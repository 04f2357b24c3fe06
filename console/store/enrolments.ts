/** Enrolment in the store: one transaction spends the token and writes the agent's key. */

import { tokenHash } from "../../protocol/report/enrolment.ts";
import type { AgentId } from "../../protocol/report/identity.ts";
import type { Store } from "./open-store.ts";
import { tokenState } from "./tokens.ts";

/** What came of an enrolment. */
export type EnrolmentResult =
  | "enrolled"
  /** The same key with the same token again: its first answer was lost. */
  | "repeated"
  /** The key is live already; nothing was overwritten and the token is not spent. */
  | "already-enrolled"
  | "token-unknown"
  | "token-used"
  | "token-expired"
  | "token-revoked";

/** Enrols an agent whose proof has been verified. `publicKey`: 64 hex characters. */
export async function enrolAgent(
  store: Store,
  request: {
    readonly agent: AgentId;
    readonly publicKey: string;
    readonly token: string;
    readonly now: Date;
  },
): Promise<EnrolmentResult> {
  const { agent, publicKey, token, now } = request;
  return store.transaction().execute(async (trx): Promise<EnrolmentResult> => {
    const row = await trx
      .selectFrom("tokens")
      .selectAll()
      .where("hash", "=", tokenHash(token))
      .executeTakeFirst();
    if (row === undefined) return "token-unknown";
    if (row.used_by === agent) return "repeated";
    const state = tokenState(row, now);
    if (state !== "open") return `token-${state}`;
    const live = await trx
      .selectFrom("agents")
      .select("id")
      .where((where) => where.or([where("id", "=", agent), where("public_key", "=", publicKey)]))
      .executeTakeFirst();
    if (live !== undefined) return "already-enrolled";
    await trx
      .insertInto("agents")
      .values({
        id: agent,
        public_key: publicKey,
        token_id: row.id,
        enrolled_at: now.getTime(),
        last_seen_at: null,
        boot: null,
        seq: null,
        created: null,
        report: null,
        report_count: 0,
      })
      .execute();
    await trx
      .updateTable("tokens")
      .set({ used_at: now.getTime(), used_by: agent })
      .where("id", "=", row.id)
      .execute();
    return "enrolled";
  });
}
