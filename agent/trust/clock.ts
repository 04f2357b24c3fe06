/**
 * What can be said of the local clock. A clock that is behind something proven is refused; a
 * server's unsigned `Date` only ever explains a refusal, it never lifts one. Pure.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";

/** How far a signer's clock may be ahead of ours. */
const tolerance = 24 * 3_600_000;
/** A difference to the server below this explains nothing. */
const notable = 3_600_000;

/** A moment that has certainly passed, and how we know. */
export interface ProvenMoment {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Completes "… at that time", such as "this program was built". */
  readonly because: string;
}

/**
 * Throws `clock.behind` when the clock is more than a day behind a proven moment.
 *
 * @param now the local clock, milliseconds since 1970
 */
export function checkClock(now: number, proven: ProvenMoment): void {
  if (now >= proven.at - tolerance) return;
  throw new VouchsafeError(
    "clock.behind",
    `The clock says ${formatUtc(now)}, but ${proven.because} at ${formatUtc(proven.at)}.`,
  );
}

/**
 * The error to show for metadata that is expired by our clock: `clock.ahead` when, by the
 * server's clock, it is not; else the error as it was.
 *
 * @param serverTime the server's `Date` in milliseconds since 1970, if it told
 */
export function explainExpiry(
  error: unknown,
  now: number,
  serverTime: number | undefined,
): unknown {
  const expired =
    error instanceof VouchsafeError &&
    (error.code === "trust.expired" || error.code === "trust.freeze");
  if (!expired || serverTime === undefined || now - serverTime < notable) return error;
  const message = `The clock says ${formatUtc(now)}, but the server's says ${formatUtc(serverTime)}; by ours the metadata is expired.`;
  return new VouchsafeError("clock.ahead", message, { cause: error });
}
