import { describe, expect, test } from "vitest";
import { makeRateGuard, makeThrottle } from "../../../agent/transfer/rate.ts";

/** A clock on which sleeping is what makes time pass. */
function sleepingClock() {
  let now = 1_000_000;
  return {
    monotonicMs: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("the agent's own rate", () => {
  test("is kept over all that share it", async () => {
    const clock = sleepingClock();
    const throttle = makeThrottle(1000, clock);
    const begun = clock.monotonicMs();
    for (let piece = 0; piece < 20; piece += 1) await throttle.take(500);
    expect(clock.monotonicMs() - begun).toBe(10_000);
  });

  test("saves nothing up: after a pause it is the same", async () => {
    const clock = sleepingClock();
    const throttle = makeThrottle(1000, clock);
    await throttle.take(1);
    clock.pass(60_000);
    const begun = clock.monotonicMs();
    await throttle.take(5000);
    expect(clock.monotonicMs() - begun).toBe(5000);
  });

  test("is no limit when none is set, and a wait ends with the signal", async () => {
    const clock = sleepingClock();
    await makeThrottle(undefined, clock).take(1e12);
    expect(clock.monotonicMs()).toBe(1_000_000);
    const over = AbortSignal.abort(new Error("over"));
    const waiting = {
      ...clock,
      sleep: async (_ms: number, signal?: AbortSignal) => signal?.throwIfAborted(),
    };
    await expect(makeThrottle(1, waiting).take(10, over)).rejects.toThrow("over");
  });
});

describe("a mirror's rate", () => {
  const seconds = (guard: ReturnType<typeof makeRateGuard>, count: number, bytes: number) =>
    Array.from({ length: count }, () => guard.tooSlow(bytes, 1000));

  test("is judged only after a minute", () => {
    const verdicts = seconds(makeRateGuard(1000), 60, 1);
    expect(verdicts.slice(0, 59)).not.toContain(true);
    expect(verdicts[59]).toBe(true);
  });

  test("is that of the last minute: a good beginning excuses nothing later", () => {
    const guard = makeRateGuard(1000);
    expect(seconds(guard, 120, 1_000_000)).not.toContain(true);
    const slow = seconds(guard, 70, 10);
    expect(slow.slice(0, 55)).not.toContain(true);
    expect(slow.at(-1)).toBe(true);
  });

  test("steady at the limit is fast enough, for ever; 0 is no limit", () => {
    expect(seconds(makeRateGuard(1000), 1000, 1020)).not.toContain(true);
    expect(seconds(makeRateGuard(0), 1000, 0)).not.toContain(true);
  });

  test("counts no time that the reader spends", () => {
    const guard = makeRateGuard(1000);
    for (let piece = 0; piece < 100_000; piece += 1) expect(guard.tooSlow(1, 0)).toBe(false);
  });
});
