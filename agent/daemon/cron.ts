/** node-cron behind a small port: UTC, never two runs of one task at once. */
import { createTask } from "node-cron";
import type { Log } from "../../host/log.ts";

/** A task that runs by the clock until it is stopped. */
export interface CronTask {
  nextRun(): Date | null;
  stop(): void;
}

/** How a task runs. */
export interface CronOptions {
  /** Longest random delay before each run, milliseconds. */
  readonly jitterMs: number;
  readonly log: Log;
}

/** Starts a task; a run that is still going when the next is due takes its place. */
export type StartCron = (
  expression: string,
  run: () => Promise<void>,
  options: CronOptions,
) => CronTask;

/** The real one. */
export const startCron: StartCron = (expression, run, { jitterMs, log }) => {
  const debug = (message: string | Error): void => log.debug("cron", { message });
  const task = createTask(expression, run, {
    timezone: "UTC",
    noOverlap: true,
    maxRandomDelay: jitterMs,
    suppressMissedWarning: true,
    logger: { info: debug, warn: debug, error: debug, debug },
  });
  void task.start();
  return { nextRun: () => task.getNextRun(), stop: () => void task.destroy() };
};
