import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WindowConfig } from "../../../agent/config/types.ts";
import { windowAt } from "../../../agent/policy/window.ts";

const minuteMs = 60_000;
const dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const weekdays = [1, 2, 3, 4, 5];

/** What a clock on the wall shows, told another way than the code under test does. */
function wallOracle(zone: string) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (atMs: number) => {
    const [, day = "", hour = "", minute = ""] =
      /^(\w{3})\D*(\d\d):(\d\d)$/.exec(format.format(atMs)) ?? [];
    return { day: dayNames.indexOf(day), minute: Number(hour) * 60 + Number(minute) };
  };
}

/** Whether a window is open in the minute of a moment: by the clock on the wall alone. */
function openOracle({ days, from, to, zone }: WindowConfig) {
  const wallAt = wallOracle(zone);
  return (atMs: number): boolean => {
    const { day, minute } = wallAt(atMs);
    const before = (day + 6) % 7;
    if (from < to) return days.includes(day) && minute >= from && minute < to;
    return (days.includes(day) && minute >= from) || (days.includes(before) && minute < to);
  };
}

const at = (text: string): number => Date.parse(text);
const told = (window: WindowConfig, moment: string): string => {
  const state = windowAt(window, at(moment));
  const change = state.open ? state.closesAt : state.opensAt;
  const when = change === undefined ? "never" : new Date(change).toISOString().slice(0, 16);
  return `${state.open ? "open until" : "closed until"} ${when}`;
};

describe("a window on working days, 02:00 to 05:00 in Berlin", () => {
  const window = { days: weekdays, from: 120, to: 300, zone: "Europe/Berlin" };
  test.each([
    ["before it, in winter", "2026-01-14T00:59:59Z", "closed until 2026-01-14T01:00"],
    ["from its first minute", "2026-01-14T01:00:00Z", "open until 2026-01-14T04:00"],
    ["to its last", "2026-01-14T03:59:59Z", "open until 2026-01-14T04:00"],
    ["at its end", "2026-01-14T04:00:00Z", "closed until 2026-01-15T01:00"],
    [
      "in summer it is an hour earlier in UTC",
      "2026-07-15T00:00:00Z",
      "open until 2026-07-15T03:00",
    ],
    ["over the weekend", "2026-01-16T04:00:00Z", "closed until 2026-01-19T01:00"],
  ])("%s", (_, moment, state) => expect(told(window, moment)).toBe(state));
});

describe("a window over midnight belongs to the day it began on", () => {
  const window = { days: [5], from: 1320, to: 120, zone: "UTC" };
  test.each([
    ["Friday evening", "2026-01-16T22:00:00Z", "open until 2026-01-17T02:00"],
    ["Saturday before dawn", "2026-01-17T01:59:00Z", "open until 2026-01-17T02:00"],
    ["Friday before dawn is Thursday's", "2026-01-16T01:00:00Z", "closed until 2026-01-16T22:00"],
    ["Saturday evening", "2026-01-17T22:00:00Z", "closed until 2026-01-23T22:00"],
  ])("%s", (_, moment, state) => expect(told(window, moment)).toBe(state));
});

describe("daylight saving in Berlin", () => {
  const window = { days: everyDay, from: 120, to: 180, zone: "Europe/Berlin" };

  test("a window that lies wholly in the skipped hour does not open that day", () => {
    expect(told(window, "2026-03-29T00:30:00Z")).toBe("closed until 2026-03-30T00:00");
  });

  test("a window that reaches into it opens when the hour is over", () => {
    expect(told({ ...window, from: 150, to: 240 }, "2026-03-29T00:30:00Z")).toBe(
      "closed until 2026-03-29T01:00",
    );
  });

  test("in the hour that comes twice it is open both times", () => {
    expect(told(window, "2026-10-25T00:00:00Z")).toBe("open until 2026-10-25T02:00");
    expect(told({ ...window, to: 150 }, "2026-10-25T00:10:00Z")).toBe(
      "open until 2026-10-25T00:30",
    );
    expect(told({ ...window, to: 150 }, "2026-10-25T00:30:00Z")).toBe(
      "closed until 2026-10-25T01:00",
    );
  });

  test("a weekly window that it swallows opens a week later", () => {
    expect(told({ ...window, days: [0] }, "2026-03-28T12:00:00Z")).toBe(
      "closed until 2026-04-05T00:00",
    );
  });
});

test("a zone that moves its clocks by half an hour, in the middle of an hour of UTC", () => {
  const window = { days: everyDay, from: 150, to: 200, zone: "Australia/Lord_Howe" };
  expect(told(window, "2026-10-03T15:00:00Z")).toBe("closed until 2026-10-03T15:30");
});

test("a window of all days and all hours never closes", () => {
  const always = { days: everyDay, from: 0, to: 1440, zone: "UTC" };
  expect(told(always, "2026-01-01T00:00:00Z")).toBe("open until never");
});

describe("against an oracle that looks at the clock minute by minute", () => {
  /** Zones with every kind of oddity, and moments around the nights on which their clocks change. */
  const nights = [
    ["Europe/Berlin", "2026-03-28T18:00:00Z"],
    ["Europe/Berlin", "2026-10-24T18:00:00Z"],
    ["America/St_Johns", "2026-03-07T22:00:00Z"],
    ["America/St_Johns", "2026-10-31T22:00:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T08:00:00Z"],
    ["Australia/Lord_Howe", "2026-10-03T08:00:00Z"],
    ["Pacific/Apia", "2011-12-29T20:00:00Z"],
    ["Asia/Kathmandu", "2026-06-01T00:00:00Z"],
    ["UTC", "2026-12-31T12:00:00Z"],
  ] as const;
  const cases = fc.record({
    night: fc.constantFrom(...nights),
    days: fc.subarray(everyDay, { minLength: 1 }),
    from: fc.integer({ min: 0, max: 1439 }),
    length: fc.integer({ min: 1, max: 1439 }),
    after: fc.integer({ min: 0, max: 1200 }),
    seconds: fc.integer({ min: 0, max: 59 }),
  });

  test("it is open exactly when the clock says so, and changes exactly when it says", () => {
    fc.assert(
      fc.property(cases, ({ night: [zone, start], days, from, length, after, seconds }) => {
        const window = { days, from, to: (from + length) % 1440, zone };
        const isOpen = openOracle(window);
        const now = at(start) + after * minuteMs + seconds * 1000;
        const state = windowAt(window, now);
        expect(state.open).toBe(isOpen(now));
        const change = state.open ? state.closesAt : state.opensAt;
        const horizon = Math.min(change ?? Number.POSITIVE_INFINITY, now + 3 * 86_400_000);
        for (let minute = now; minute < horizon; minute += minuteMs) {
          if (isOpen(minute) !== state.open)
            expect(new Date(minute).toISOString()).toBe("constant");
        }
        if (change === undefined) return;
        expect(change % minuteMs).toBe(0);
        expect([isOpen(change - 1), isOpen(change)]).toEqual([state.open, !state.open]);
      }),
      { numRuns: 150 },
    );
  });
});
