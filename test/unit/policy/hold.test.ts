import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstSeenAt, ringDelay } from "../../../agent/policy/delay.ts";
import { cleanReason, hasLapsed, makeHold, maxReason } from "../../../agent/policy/hold.ts";

describe("a reason", () => {
  test.each([
    ["line\nbreaks\tand\u0007bells", "line breaks and bells"],
    ["\u202Eturned\u2066 round", "turned round"],
    ["  \u200B audit  ", "audit"],
    ["lone \uD800 surrogate", "lone \uFFFD surrogate"],
    ["cafe\u0301", "café"],
  ])("%j becomes %j", (given, clean) => expect(cleanReason(given)).toBe(clean));

  test.each(["", " \n", "\u200B\u2028", "x".repeat(maxReason + 1)])("%j is refused", (given) => {
    expect(() => cleanReason(given)).toThrow(expect.objectContaining({ code: "usage.arguments" }));
  });

  test("whatever comes out is one line of visible characters, and stays as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 150 }), (given) => {
        let clean: string;
        try {
          clean = cleanReason(given);
        } catch {
          return;
        }
        expect(clean).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(cleanReason(clean)).toBe(clean);
      }),
    );
  });
});

describe("a hold", () => {
  test("lapses at its end and not a millisecond before", () => {
    const hold = makeHold("audit", 1000, 60_000);
    expect([hasLapsed(hold, 60_999), hasLapsed(hold, 61_000)]).toEqual([false, true]);
  });

  test("without an end, or with one that cannot be read, never lapses", () => {
    expect(hasLapsed(makeHold("audit", 1000, undefined), Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(hasLapsed({ reason: "x", at: "x", until: "soon" }, Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});

describe("the delay", () => {
  test("of canaries is none, of the early half, of production all", () => {
    const waits = (["canary", "early", "production"] as const).map((ring) => ringDelay(100, ring));
    expect(waits).toEqual([0, 50, 100]);
  });

  test("counts from when this very release was first seen, never from the future", () => {
    const seen = { digest: "a", at: "2026-01-01T00:00:00.000Z" };
    const at = Date.parse(seen.at);
    expect(firstSeenAt(seen, "a", at + 5)).toBe(at);
    expect(firstSeenAt(seen, "b", at + 5)).toBe(at + 5);
    expect(firstSeenAt(null, "a", at + 5)).toBe(at + 5);
    expect(firstSeenAt(seen, "a", at - 5)).toBe(at - 5);
  });
});
