/**
 * When the service checks by itself: pure functions of the configuration, the identity and the
 * time. `every: 1h` means once in each hour, at a place that follows from the identity, so that a
 * fleet spreads evenly and one agent stays predictable.
 */
import { sha256 } from "../../protocol/bytes.ts";

const minuteMs = 60_000;

/**
 * The agent's place within the interval.
 *
 * @param seed what tells this agent from others (its id)
 * @param everyMs the interval in milliseconds, a multiple of a second
 * @returns milliseconds from the interval's start, whole seconds, below `everyMs`
 */
export function placeInInterval(seed: string, everyMs: number): number {
  const number = Number.parseInt(sha256(`vouchsafe/schedule/v1\n${seed}`).slice(0, 12), 16);
  return (number % Math.floor(everyMs / 1000)) * 1000;
}

/** The number of the interval that a moment falls into; it changes exactly when a check is due. */
export function slotAt(nowMs: number, everyMs: number, placeMs: number): number {
  return Math.floor((nowMs - placeMs) / everyMs);
}

/** The moment of the next check after `nowMs`. */
export function nextSlotAt(nowMs: number, everyMs: number, placeMs: number): number {
  return (slotAt(nowMs, everyMs, placeMs) + 1) * everyMs + placeMs;
}

/**
 * The cron expression (with seconds, UTC) that looks once a minute, in the second in which slots
 * begin: an interval of whole minutes then needs no timer of its own, and after a suspended
 * machine wakes, or its clock jumps, the next look is at most a minute away.
 */
export function lookExpression(placeMs: number): string {
  return `${(placeMs % minuteMs) / 1000} * * * * *`;
}

/**
 * Delay before the first check after a start, in milliseconds: machines that start together (after
 * a power cut) do not ask together.
 *
 * @param unit random, at least 0 and below 1
 */
export function startDelayMs(jitterMs: number, unit: number): number {
  return Math.floor(jitterMs * unit);
}
