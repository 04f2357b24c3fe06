/**
 * Whether a timestamp is fresh enough to act on. Over a network its own expiry says so (TUF 5.4.4).
 * A bundle is carried for days: for it the expiry may be waived, within a bound on the bundle's
 * age by its signed time. Pure.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { own } from "../../protocol/json.ts";
import { utcAt } from "../../protocol/tuf/fields.ts";
import { checkExpiry, isExpired } from "../../protocol/tuf/trusted-set.ts";
import type { Timestamp } from "../../protocol/tuf/types.ts";
import { checkClock } from "./clock.ts";

/** Lets an expired timestamp pass while it is younger than so many milliseconds. */
export interface Waiver {
  readonly maxAgeMs: number;
}

/** When a timestamp was made, by its signed field `created`; undefined where it does not tell. */
export function createdAt({ extra }: Timestamp): number | undefined {
  const field = own(extra, "created");
  return field === undefined ? undefined : Date.parse(utcAt(field, "timestamp: created"));
}

/** Whether a timestamp may be acted on at that moment (milliseconds since 1970). */
export function isFresh(timestamp: Timestamp, now: number, waiver?: Waiver): boolean {
  if (!isExpired(timestamp, now)) return true;
  const created = createdAt(timestamp);
  return waiver !== undefined && created !== undefined && now - created <= waiver.maxAgeMs;
}

/**
 * Throws unless a timestamp may be acted on: `trust.expired`, or `clock.behind` when it was made
 * more than a day from now.
 */
export function checkFresh(timestamp: Timestamp, now: number, waiver?: Waiver): void {
  const created = createdAt(timestamp);
  if (created !== undefined) checkClock(now, { at: created, because: "the timestamp was made" });
  if (isFresh(timestamp, now, waiver)) return;
  if (waiver === undefined || created === undefined) return checkExpiry(timestamp, now);
  const days = (milliseconds: number) => Math.round(milliseconds / 8_640_000) / 10;
  const message = `The bundle is ${days(now - created)} days old; import.maxAge allows ${days(waiver.maxAgeMs)}.`;
  throw new VouchsafeError("trust.expired", message);
}
