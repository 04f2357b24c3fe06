/** Carries out what announcement.ts plans: one message at a time, the newest state only. */
import type { Clock } from "../../host/clock.ts";
import { type Condition, feedEveryMs, nothingTold, planAnnouncement } from "./announcement.ts";

/** Who started the service and watches it. */
export interface ServiceManager {
  /** How long it waits for a sign of life; undefined if it does not watch. */
  readonly watchdogMs: number | undefined;
  /** CLOCK_MONOTONIC in microseconds. */
  monotonicUsec(): bigint;
  /** Tells it lines of the form NAME=value; never rejects; whether it has taken them. */
  tell(lines: readonly string[]): Promise<boolean>;
}

/** A running announcer. */
export interface Announcer {
  /** Says that something has changed. */
  changed(): void;
  /** Tells what is to be told still, then ends. */
  end(): Promise<void>;
}

/** Until a message that was not taken is sent again, in milliseconds. */
const retryMs = 5_000;

/** How often the service's health is looked at when nobody watches it, in milliseconds. */
const idleLookMs = 600_000;

/** For a service that nobody started but a person. */
export const silentAnnouncer: Announcer = { changed: () => undefined, end: async () => undefined };

/** @param condition how the service is now; asked again before every message */
export function startAnnouncer(
  manager: ServiceManager,
  clock: Clock,
  condition: () => Condition,
): Announcer {
  const { watchdogMs } = manager;
  const lookMs = watchdogMs === undefined ? idleLookMs : feedEveryMs(watchdogMs);
  let told = nothingTold;
  const ending = new AbortController();
  let dirty = true;
  let wake: AbortController | undefined;

  /** Tells what is new; how long nothing else need be told. */
  async function announce(): Promise<number> {
    const moment = { nowMs: clock.monotonicMs(), monotonicUsec: manager.monotonicUsec() };
    const plan = planAnnouncement(told, condition(), moment, watchdogMs);
    if (plan.lines.length === 0) return lookMs;
    if (!(await manager.tell(plan.lines))) return Math.min(retryMs, lookMs);
    told = plan.told;
    return 0;
  }

  async function pause(ms: number): Promise<void> {
    if (ms === 0 || dirty) return;
    wake = new AbortController();
    await clock.sleep(ms, wake.signal).catch(() => undefined);
    wake = undefined;
  }

  async function loop(): Promise<void> {
    while (!ending.signal.aborted) {
      dirty = false;
      await pause(await announce());
    }
    await announce();
  }

  const looping = loop();
  const changed = (): void => {
    dirty = true;
    wake?.abort();
  };
  return {
    changed,
    async end() {
      ending.abort();
      changed();
      await looping;
    },
  };
}
