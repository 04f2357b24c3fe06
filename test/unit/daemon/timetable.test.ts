import { describe, expect, test } from "vitest";
import type { ScheduleConfig } from "../../../agent/config/types.ts";
import type { CronOptions } from "../../../agent/daemon/cron.ts";
import { placeInInterval } from "../../../agent/daemon/schedule.ts";
import { startTimetable } from "../../../agent/daemon/timetable.ts";
import { systemClock } from "../../../host/clock.ts";
import { silentLog } from "../../../host/log.ts";

/** A timetable under a clock and a cron that the test moves. */
function moved(schedule: ScheduleConfig, startMs: number) {
  let now = startMs;
  let checks = 0;
  const started: { expression: string; options: CronOptions; run: () => Promise<void> }[] = [];
  const timetable = startTimetable(
    schedule,
    "seed",
    {
      clock: { ...systemClock, now: () => new Date(now) },
      log: silentLog,
      startCron: (expression, run, options) => {
        started.push({ expression, run, options });
        return { nextRun: () => new Date(0), stop: () => undefined };
      },
    },
    async () => {
      checks += 1;
    },
  );
  const look = async (ms: number): Promise<number> => {
    now = ms;
    for (const { run } of started) await run();
    return checks;
  };
  return { timetable, started, look };
}

const everyMs = 3_600_000;
const place = placeInInterval("seed", everyMs);
const slot = (number: number): number => number * everyMs + place;

describe("every: 1h", () => {
  test("one check in each interval, however often it looks", async () => {
    const { look, timetable } = moved({ everyMs, jitterMs: 0 }, slot(10) + 1);
    expect(timetable.nextAt()).toEqual(new Date(slot(11)));
    expect(await look(slot(11) - 1)).toBe(0);
    expect(await look(slot(11))).toBe(1);
    expect(await look(slot(11) + 60_000)).toBe(1);
    expect(await look(slot(12) - 1)).toBe(1);
    expect(await look(slot(12))).toBe(2);
  });

  test("a machine that slept for a day checks once when it wakes", async () => {
    const { look } = moved({ everyMs, jitterMs: 0 }, slot(10) + 1);
    expect(await look(slot(34) + 1_000)).toBe(1);
    expect(await look(slot(34) + 61_000)).toBe(1);
  });

  test("a clock that jumps back a year does not stop the checks", async () => {
    const { look } = moved({ everyMs, jitterMs: 0 }, slot(10_000) + 1);
    expect(await look(slot(1_000))).toBe(1);
    expect(await look(slot(1_001))).toBe(2);
  });

  test("looks once a minute, without a jitter of its own", () => {
    const { started } = moved({ everyMs, jitterMs: 5_000 }, slot(10));
    expect(started).toMatchObject([{ options: { jitterMs: 0 } }]);
    expect(started[0]?.expression).toMatch(/^\d{1,2} \* \* \* \* \*$/);
  });
});

test("cron: the expression and the jitter are node-cron's", async () => {
  const { started, look } = moved({ cron: "17 3 * * *", jitterMs: 5_000 }, 0);
  expect(started).toMatchObject([{ expression: "17 3 * * *", options: { jitterMs: 5_000 } }]);
  expect(await look(1)).toBe(1);
});
