/** A token bucket for each address, in bounded memory. */
import type { Clock } from "../../host/clock.ts";

/** What a limit is made of. */
export interface RateLimitOptions {
  /** Attempts that an address may make at once. */
  readonly burst: number;
  /** Attempts that it gains each second. */
  readonly perSecond: number;
  /** Addresses that are remembered; the one that was quiet longest is forgotten first. */
  readonly addresses: number;
}

/** Takes one attempt; returns 0 if it is allowed, else the seconds to wait. */
export type RateLimit = (address: string) => number;

interface Bucket {
  readonly left: number;
  readonly atMs: number;
}

/** Makes a limit. */
export function makeRateLimit(clock: Clock, options: RateLimitOptions): RateLimit {
  const { burst, perSecond, addresses } = options;
  const buckets = new Map<string, Bucket>();
  return (address) => {
    const atMs = clock.monotonicMs();
    const last = buckets.get(address);
    const gained = last === undefined ? 0 : ((atMs - last.atMs) / 1000) * perSecond;
    const left = Math.min(burst, last === undefined ? burst : last.left + gained);
    buckets.delete(address); // set again below, as the latest
    if (buckets.size >= addresses) {
      const [oldest] = buckets.keys();
      if (oldest !== undefined) buckets.delete(oldest);
    }
    const allowed = left >= 1;
    buckets.set(address, { left: allowed ? left - 1 : left, atMs });
    return allowed ? 0 : Math.max(1, Math.ceil((1 - left) / perSecond));
  };
}
