/** Holds: the operator's word, made fit to be kept and shown, and when it lapses. */
import { VouchsafeError } from "../../protocol/errors.ts";

/** The operator's word that a database must not move. */
export interface Hold {
  readonly reason: string;
  readonly at: string;
  /** When it ends by itself. */
  readonly until?: string;
}

/** Characters of a reason. */
export const maxReason = 200;

/** Everything that is no visible character: controls, direction marks, line breaks. */
const invisible = /[\p{C}\p{Z}]+/gu;

/**
 * A reason in one line of visible characters.
 *
 * @throws VouchsafeError `usage.arguments` if nothing is left of it, or it is too long
 */
export function cleanReason(text: string): string {
  const clean = text.toWellFormed().normalize("NFC").replace(invisible, " ").trim();
  if (clean === "") throw new VouchsafeError("usage.arguments", "A hold needs a reason.");
  if (Array.from(clean).length <= maxReason) return clean;
  const message = `The reason of a hold has at most ${maxReason} characters.`;
  throw new VouchsafeError("usage.arguments", message);
}

/** A hold that begins now. @param forMs how long; without it, until it is released */
export function makeHold(reason: string, nowMs: number, forMs: number | undefined): Hold {
  const at = new Date(nowMs).toISOString();
  if (forMs === undefined) return { reason, at };
  return { reason, at, until: new Date(nowMs + forMs).toISOString() };
}

/** Whether a hold has ended by itself. An end that cannot be read holds on. */
export function hasLapsed({ until }: Hold, nowMs: number): boolean {
  return until !== undefined && nowMs >= Date.parse(until);
}
