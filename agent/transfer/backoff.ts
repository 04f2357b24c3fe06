/** How long to wait before trying again: pure, with randomness passed in. */

/** Milliseconds. */
export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
  /** The longest Retry-After that is waited for within one run. */
  readonly retryAfterCapMs: number;
}

export const downloadBackoff: BackoffLimits = {
  baseMs: 250,
  capMs: 4_000,
  retryAfterCapMs: 15_000,
};

/**
 * Full jitter: anything between nothing and the doubled-up delay, which the cap bounds. A server
 * that names a time gets at least that, with the jitter on top.
 *
 * @param attempt 0 for the first wait
 * @param random in [0, 1)
 * @param retryAfterMs what the server asked for
 */
export function backoffMs(
  attempt: number,
  random: number,
  retryAfterMs: number | undefined,
  limits: BackoffLimits,
): number {
  const jitter = random * Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(attempt, 20));
  return Math.min(retryAfterMs ?? 0, limits.retryAfterCapMs) + jitter;
}

/**
 * Retry-After in milliseconds: seconds or a date (RFC 9110 §10.2.3); undefined if it is neither.
 *
 * @param nowMs the wall clock, for a date
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const moment = Date.parse(value);
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - nowMs);
}
