/** Carries out a schedule: calls when a check is due, and knows when the next one is. */
import type { Clock } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import type { ScheduleConfig } from "../config/types.ts";
import type { StartCron } from "./cron.ts";
import { lookExpression, nextSlotAt, placeInInterval, slotAt } from "./schedule.ts";

/** A schedule that is being carried out. */
export interface Timetable {
  nextAt(): Date | null;
  /** When it last looked at the clock, in monotonic ms; undefined if it does so only when due. */
  lookedAtMs(): number | undefined;
  stop(): void;
}

/** What it needs from outside. */
export interface TimetablePorts {
  readonly clock: Clock;
  readonly startCron: StartCron;
  readonly log: Log;
}

/**
 * Starts a schedule. The interval that it is started in counts as done: the service's first check
 * comes by itself.
 *
 * @param seed what tells this agent from others
 * @param onDue resolves when the check has ended; never rejects
 */
export function startTimetable(
  schedule: ScheduleConfig,
  seed: string,
  { clock, startCron, log }: TimetablePorts,
  onDue: () => Promise<void>,
): Timetable {
  if (schedule.cron !== undefined) {
    const { cron, jitterMs } = schedule;
    const task = startCron(cron, onDue, { jitterMs, log });
    return {
      nextAt: () => task.nextRun(),
      lookedAtMs: () => undefined,
      stop: () => task.stop(),
    };
  }
  const { everyMs } = schedule;
  const place = placeInInterval(seed, everyMs);
  const slot = (): number => slotAt(clock.now().getTime(), everyMs, place);
  let done = slot();
  let lookedAtMs = clock.monotonicMs();
  let checking = false;
  const look = async (): Promise<void> => {
    lookedAtMs = clock.monotonicMs();
    const present = slot();
    if (present === done) return;
    done = present;
    checking = true; // no look comes before this one has ended
    await onDue();
    checking = false;
    lookedAtMs = clock.monotonicMs();
  };
  const task = startCron(lookExpression(place), look, { jitterMs: 0, log });
  return {
    nextAt: () => new Date(nextSlotAt(clock.now().getTime(), everyMs, place)),
    lookedAtMs: () => (checking ? clock.monotonicMs() : lookedAtMs),
    stop: () => task.stop(),
  };
}
