import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs, downloadBackoff, parseRetryAfter } from "../../../agent/transfer/backoff.ts";

const { baseMs, capMs, retryAfterCapMs } = downloadBackoff;

test("the jitter is anything between nothing and the doubled delay, up to the cap", () => {
  expect(backoffMs(0, 0, undefined, downloadBackoff)).toBe(0);
  expect(backoffMs(2, 0.5, undefined, downloadBackoff)).toBe((baseMs * 4) / 2);
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
      const wait = backoffMs(attempt, random, undefined, downloadBackoff);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(capMs);
    }),
  );
});

test("what a server asks for is obeyed, bounded, and the jitter comes on top", () => {
  expect(backoffMs(0, 0.5, 3000, downloadBackoff)).toBe(3000 + baseMs / 2);
  expect(backoffMs(0, 0, 1e12, downloadBackoff)).toBe(retryAfterCapMs);
});

test.each([
  [undefined, undefined],
  ["120", 120_000],
  ["Thu, 01 Jan 1970 00:00:05 GMT", 4000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["soon", undefined],
])("Retry-After %s is %s ms", (value, ms) => {
  expect(parseRetryAfter(value, 1000)).toBe(ms);
});
