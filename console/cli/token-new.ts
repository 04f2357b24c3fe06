/** `token new`: makes a one-time enrolment token and prints it, once. */
import { randomBytes } from "node:crypto";
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { closeStore, openStore } from "../store/open-store.ts";
import { newToken } from "../store/tokens.ts";
import { dataDir } from "./data-dir.ts";

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const maxMs = 30 * 86_400_000;

/** Milliseconds of `90s`, `15m`, `1h`, `7d`; throws `usage.arguments` outside 1 s … 30 d. */
export function parseLifetime(text: string): number {
  const [, digits, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const lifetimeMs = Number(digits) * (unitMs[unit ?? ""] ?? Number.NaN);
  if (lifetimeMs >= 1_000 && lifetimeMs <= maxMs) return lifetimeMs;
  throw new VouchsafeError("usage.arguments", "--expires must be from 1s to 30d, as 15m or 1h.");
}

/** Runs the verb. */
export async function run({ options, env, clock, out }: CliContext): Promise<number> {
  const lifetimeMs = parseLifetime(options.str("expires") ?? "1h");
  const store = await openStore(dataDir(options, env), clock);
  try {
    const made = await newToken(store, { now: clock.now(), lifetimeMs, random: randomBytes });
    const expiresAt = made.expiresAt.toISOString();
    out.json({ format: 1, id: made.id, token: made.token, expiresAt });
    out.line(made.token);
    out.note(`Token ${made.id} enrols one agent until ${expiresAt}. It is not shown again.`);
    return 0;
  } finally {
    await closeStore(store);
  }
}
