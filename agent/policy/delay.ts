/**
 * The customer's own delay: a release is not installed before this agent has known it for so long.
 * The rings of a fleet share one configured delay, so that one file serves all machines.
 */
import type { Ring } from "../config/types.ts";

/** Which part of the delay each ring waits. */
export const ringShare: Readonly<Record<Ring, number>> = { canary: 0, early: 0.5, production: 1 };

/** How long a ring waits, milliseconds. */
export function ringDelay(delayMs: number, ring: Ring): number {
  return delayMs * ringShare[ring];
}

/** A release, and when this agent first saw it. */
export interface Sighting {
  readonly digest: string;
  readonly at: string;
}

/**
 * When a release was first seen: as was written down, or now. A sighting from the future (the
 * clock was wrong) counts as now, so that no wrong clock keeps a release away for years.
 *
 * @returns milliseconds since 1970
 */
export function firstSeenAt(seen: Sighting | null, digest: string, nowMs: number): number {
  if (seen === null || seen.digest !== digest) return nowMs;
  const at = Date.parse(seen.at);
  return Number.isNaN(at) || at > nowMs ? nowMs : at;
}
