/** Durations, sizes and rates as people write them. */
import { describe, expect, test } from "vitest";
import { parseDuration, parseRate, parseSize } from "../../../../host/config/units.ts";

test.each([
  ["0", 0],
  ["0h", 0],
  ["250ms", 250],
  ["30s", 30_000],
  ["5m", 300_000],
  ["5min", 300_000],
  ["1h30m", 5_400_000],
  ["2d", 172_800_000],
])("the duration %s is %i ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  ["0", 0],
  ["1500", 1500],
  ["5MB", 5_000_000],
  ["5 MB", 5_000_000],
  ["1.5kB", 1500],
  ["64KiB", 65_536],
  ["2GiB", 2_147_483_648],
])("the size %s is %i bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test("the rate 5MB/s is 5,000,000 bytes a second", () => {
  expect(parseRate("5MB/s")).toBe(5_000_000);
});

describe("anything else is refused with an example", () => {
  test.each(["", "1", "h", "-1h", "1.5h", "1 h", "1h ", "1y", "1h30", "9999999999s", "1e3s"])(
    "the duration %j",
    (text) => {
      expect(() => parseDuration(text)).toThrow(/is not a duration; write it like 30s/);
    },
  );

  test.each(["", "MB", "-1", "1,5MB", "5mb", "5MB/s", "5XB", "0x10", "1e9"])(
    "the size %j",
    (text) => {
      expect(() => parseSize(text)).toThrow(/is not a size/);
    },
  );

  test.each(["5MB", "5MB/m", "/s", "5MB/s/s"])("the rate %j", (text) => {
    expect(() => parseRate(text)).toThrow(/is not a (rate|size)/);
  });

  test("and a long one is not repeated in full, nor slow", () => {
    const started = performance.now();
    expect(() => parseDuration("1h".repeat(200_000))).toThrow(/^"(1h){20}" is not/);
    expect(() => parseSize("1".repeat(500_000))).toThrow(/^"1{40}" is not/);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
