import { describe, expect, test } from "vitest";
import { isOriginDue, originNews } from "../../../agent/transfer/origin-watch.ts";

const hour = 3_600_000;
const within = 6 * hour;
const now = Date.parse("2026-11-24T12:00:00Z");

describe("a mirror that is no relay has to answer", () => {
  test("at first, and when the last answer is as old as is allowed", () => {
    expect(isOriginDue({}, now, within)).toBe(true);
    expect(isOriginDue({ answeredAt: now - within + 1 }, now, within)).toBe(false);
    expect(isOriginDue({ answeredAt: now - within }, now, within)).toBe(true);
  });

  test("when the last answer is still to come: a clock was wrong", () => {
    expect(isOriginDue({ answeredAt: now + 1 }, now, within)).toBe(true);
  });
});

describe("what is told", () => {
  const old = { answeredAt: now - within };

  test("nothing while one answers, or has of late", () => {
    expect(originNews(old, true, now, within)).toEqual({ record: { answeredAt: now } });
    const fresh = { answeredAt: now - hour };
    expect(originNews(fresh, false, now, within)).toEqual({ record: fresh });
  });

  test("once when none has answered that had to, and once when one does again", () => {
    const first = originNews(old, false, now, within);
    expect(first.record).toEqual({ ...old, missed: true });
    expect(first.note).toContain("since 2026-11-24T06:00:00.000Z");
    const second = originNews(first.record, false, now + hour, within);
    expect(second).toEqual({ record: first.record });
    const third = originNews(second.record, true, now + 2 * hour, within);
    expect(third.record).toEqual({ answeredAt: now + 2 * hour });
    expect(third.note).toContain("again");
  });

  test("that none has ever answered", () => {
    expect(originNews({}, false, now, within).note).toContain("ever");
  });
});
