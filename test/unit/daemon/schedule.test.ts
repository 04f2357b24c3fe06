import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  lookExpression,
  nextSlotAt,
  placeInInterval,
  slotAt,
  startDelayMs,
} from "../../../agent/daemon/schedule.ts";

const minuteMs = 60_000;
const everyMs = fc.integer({ min: 1, max: 7 * 24 * 60 }).map((minutes) => minutes * minuteMs);
const seed = fc.string();
const moment = fc.integer({ min: -1e12, max: 4e12 });

describe("the place within the interval", () => {
  test("is inside it, in whole seconds, and always the same", () => {
    fc.assert(
      fc.property(seed, everyMs, (name, every) => {
        const place = placeInInterval(name, every);
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThan(every);
        expect(place % 1000).toBe(0);
        expect(placeInInterval(name, every)).toBe(place);
      }),
    );
  });

  test("spreads a fleet: of 6,000 agents no minute of the hour gets twice its share", () => {
    const perMinute = Array.from({ length: 60 }, () => 0);
    for (let agent = 0; agent < 6000; agent++) {
      const minute = Math.floor(placeInInterval(`agent ${agent}`, 3_600_000) / minuteMs);
      perMinute[minute] = (perMinute[minute] ?? 0) + 1;
    }
    expect(Math.max(...perMinute)).toBeLessThan(200);
    expect(Math.min(...perMinute)).toBeGreaterThan(25);
  });

  test("is frozen: a fleet must not move when the agent is upgraded", () => {
    expect(placeInInterval("0123456789abcdef0123456789abcdef", 3_600_000)).toBe(123_000);
  });
});

describe("slots", () => {
  test("the next slot is later, at most one interval away, and begins exactly there", () => {
    fc.assert(
      fc.property(seed, everyMs, moment, (name, every, now) => {
        const place = placeInInterval(name, every);
        const next = nextSlotAt(now, every, place);
        expect(next).toBeGreaterThan(now);
        expect(next - now).toBeLessThanOrEqual(every);
        expect(slotAt(next, every, place)).toBe(slotAt(now, every, place) + 1);
        expect(slotAt(next - 1, every, place)).toBe(slotAt(now, every, place));
      }),
    );
  });

  test("a look in the expression's second meets the beginning of every slot", () => {
    fc.assert(
      fc.property(seed, everyMs, moment, (name, every, now) => {
        const place = placeInInterval(name, every);
        const [second = ""] = lookExpression(place).split(" ");
        const next = nextSlotAt(now, every, place);
        expect(((next % minuteMs) + minuteMs) % minuteMs).toBe(Number(second) * 1000);
      }),
    );
  });

  test("node-cron takes every expression", async () => {
    const { validate } = await import("node-cron");
    for (let second = 0; second < 60; second++) {
      expect(validate(lookExpression(second * 1000 + 5 * minuteMs))).toBe(true);
    }
  });
});

test("the delay before the first check is below the jitter", () => {
  const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_600_000 }), unit, (jitter, random) => {
      const delay = startDelayMs(jitter, random);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(jitter);
      expect(Number.isInteger(delay)).toBe(true);
    }),
  );
});
