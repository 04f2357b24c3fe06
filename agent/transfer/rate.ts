/** How fast downloads may be, and how slow: the agent's own limit, and a mirror's. */
import type { Clock } from "../../host/clock.ts";

/** Holds all downloads of the agent together to a rate. */
export interface Throttle {
  /** Waits until so many bytes more are within the rate. Throws the signal's reason. */
  take(bytes: number, signal?: AbortSignal): Promise<void>;
}

/** @param bytesPerSecond of everything that shares the throttle; no limit if undefined */
export function makeThrottle(
  bytesPerSecond: number | undefined,
  clock: Pick<Clock, "monotonicMs" | "sleep">,
): Throttle {
  let freeAt = 0;
  return {
    take: async (bytes, signal) => {
      if (bytesPerSecond === undefined) return;
      freeAt = Math.max(freeAt, clock.monotonicMs()) + (bytes * 1000) / bytesPerSecond;
      const wait = freeAt - clock.monotonicMs();
      if (wait > 0) await clock.sleep(wait, signal);
    },
  };
}

/** Judges a mirror by what it sent within the last minute of waiting for it. */
export interface RateGuard {
  /**
   * Takes note of a piece.
   *
   * @param waitedMs how long it was waited for; time that a reader spends otherwise counts not
   * @returns whether the last minute, if it is over, brought less than it had to
   */
  tooSlow(bytes: number, waitedMs: number): boolean;
}

const windowMs = 60_000;
/** Pieces are added up over so long: what is remembered is bounded. */
const binMs = 1_000;

/** @param minBytesPerSecond 0 for no limit */
export function makeRateGuard(minBytesPerSecond: number): RateGuard {
  let at = 0;
  let sum = 0;
  const bins: { readonly from: number; bytes: number }[] = [];
  return {
    tooSlow: (bytes, waitedMs) => {
      at += waitedMs;
      sum += bytes;
      const last = bins.at(-1);
      if (last !== undefined && at - last.from < binMs) last.bytes += bytes;
      else bins.push({ from: at, bytes });
      while ((bins[0]?.from ?? at) < at - windowMs) sum -= bins.shift()?.bytes ?? 0;
      return at >= windowMs && sum * 1000 < minBytesPerSecond * windowMs;
    },
  };
}
