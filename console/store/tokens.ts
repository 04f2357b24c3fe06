/** Enrolment tokens: shown once, used once, and stored only as a hash. */
import { VouchsafeError } from "../../protocol/errors.ts";
import { enrolmentToken, tokenHash } from "../../protocol/report/enrolment.ts";
import type { Store } from "./open-store.ts";

/** A token as it is made: the only time that its text is known. */
export interface NewToken {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** How a token stands. */
export type TokenState = "open" | "used" | "expired" | "revoked";

/** A token as it is listed. */
export interface ListedToken {
  readonly id: string;
  readonly state: TokenState;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly usedBy: string | null;
}

/** Shown at most; the newest first. */
const listed = 1_000;

/** Makes a token that expires after `lifetimeMs`. */
export async function newToken(
  store: Store,
  {
    now,
    lifetimeMs,
    random,
  }: {
    readonly now: Date;
    readonly lifetimeMs: number;
    readonly random: (length: number) => Uint8Array;
  },
): Promise<NewToken> {
  const token = enrolmentToken(random(32));
  const id = Buffer.from(random(6)).toString("hex");
  const expiresAt = new Date(now.getTime() + lifetimeMs);
  await store
    .insertInto("tokens")
    .values({
      id,
      hash: tokenHash(token),
      created_at: now.getTime(),
      expires_at: expiresAt.getTime(),
      used_at: null,
      used_by: null,
      revoked_at: null,
    })
    .execute();
  return { id, token, expiresAt };
}

/** The state of a token: pure. */
export function tokenState(
  token: {
    readonly used_at: number | null;
    readonly revoked_at: number | null;
    readonly expires_at: number;
  },
  now: Date,
): TokenState {
  if (token.used_at !== null) return "used";
  if (token.revoked_at !== null) return "revoked";
  return token.expires_at <= now.getTime() ? "expired" : "open";
}

/** The newest 1,000 tokens. */
export async function listTokens(store: Store, now: Date): Promise<readonly ListedToken[]> {
  const rows = await store
    .selectFrom("tokens")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("id")
    .limit(listed)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    state: tokenState(row, now),
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    usedBy: row.used_by,
  }));
}

/**
 * Makes an open token worthless. One that is no longer open stays as it is.
 *
 * @returns the state it is in afterwards
 * @throws VouchsafeError `state.missing` when there is no such token
 */
export async function revokeToken(store: Store, id: string, now: Date): Promise<TokenState> {
  return store.transaction().execute(async (trx) => {
    const row = await trx.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) {
      throw new VouchsafeError("state.missing", `There is no token ${id}.`);
    }
    const state = tokenState(row, now);
    if (state !== "open") return state;
    await trx
      .updateTable("tokens")
      .set({ revoked_at: now.getTime() })
      .where("id", "=", id)
      .execute();
    return "revoked";
  });
}
