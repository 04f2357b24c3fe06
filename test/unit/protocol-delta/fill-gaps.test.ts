import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gapFiller } from "../../../protocol/delta/fill-gaps.ts";
import type { Match } from "../../../protocol/delta/find-matches.ts";
import { noise } from "../../testkit/database-pairs.ts";

const base = noise("gaps", 40_000);
const fill = gapFiller(base);

/** Some bytes of the old file. */
const old = (from: number, length: number): Buffer => base.subarray(from, from + length);
/** Bytes that it does not have. */
const news = (length: number): Buffer => noise("news", length);

/** Those around a gap: 100 bytes at 20,000 before it, and 100 behind it that go on from there. */
function around(...between: readonly Buffer[]) {
  const gap = Buffer.concat(between);
  const piece = Buffer.concat([old(20_000, 100), gap, old(20_100 + gap.length, 100)]);
  const before: Match = { at: 0, from: 20_000, length: 100 };
  const behind: Match = { at: 100 + gap.length, from: 20_100 + gap.length, length: 100 };
  return { piece, matches: [before, behind] };
}

/** What is found in the gap. */
function found(...between: readonly Buffer[]): readonly Match[] {
  const { piece, matches } = around(...between);
  return fill(piece, matches, 20_000).filter((match) => !matches.includes(match));
}

describe("in a gap between two matches", () => {
  test("eight bytes that go straight on are found", () => {
    expect(found(news(5), old(20_105, 8), news(5))).toEqual([{ at: 105, from: 20_105, length: 8 }]);
  });

  test("seven are not", () => {
    expect(found(news(5), old(20_105, 7), news(5))).toEqual([]);
  });

  test.each([-4000, -300, 300, 4000])("twenty from %d bytes on are found", (shift) => {
    const from = 20_105 + shift;
    expect(found(news(5), old(from, 20), news(5))).toEqual([{ at: 105, from, length: 20 }]);
  });

  test("nineteen are not: their address would cost more", () => {
    expect(found(news(5), old(20_405, 19), news(5))).toEqual([]);
  });

  test("what lies further away is not looked for", () => {
    expect(found(news(5), old(28_000, 30), news(5))).toEqual([]);
  });

  test("the search goes on from what it has found", () => {
    const records = [300, 340, 320].map((shift) => old(20_100 + shift, 20));
    expect(found(...records).map(({ from }) => from)).toEqual([20_400, 20_440, 20_420]);
  });

  test("where the old file goes on elsewhere behind it, both places are searched", () => {
    const piece = Buffer.concat([old(1000, 100), old(1500, 24), old(33_000, 24), old(32_000, 100)]);
    const [before, behind] = [
      { at: 0, from: 1000, length: 100 },
      { at: 148, from: 32_000, length: 100 },
    ];
    expect(fill(piece, [before, behind], 1000)).toEqual([
      before,
      { at: 100, from: 1500, length: 24 },
      { at: 124, from: 33_000, length: 24 },
      behind,
    ]);
  });
});

test("more than 64 KiB without a match is news, and not searched", () => {
  const piece = Buffer.concat([news(64 * 1024), old(100, 30)]);
  expect(fill(piece, [], 0)).toEqual([]);
});

test("the work is bounded: the gaps behind it stay as they are", () => {
  // Each gap of 30 bytes costs the search 16 KB of the old file, 30 bytes pay for 120.
  const matches: Match[] = Array.from({ length: 200 }, (_, index) => ({
    at: index * 60,
    from: (index % 2) * 20_000 + 5000,
    length: 30,
  }));
  const piece = Buffer.concat(matches.flatMap(({ from }) => [old(from, 30), old(from + 300, 30)]));
  const all = fill(piece, matches, 5000);
  expect(all.length - matches.length).toBeGreaterThan(0);
  expect(all.length - matches.length).toBeLessThan(10);
});

test.each([0, 1, 7, 8])("an old file of %d bytes", (length) => {
  const tiny = gapFiller(old(0, length));
  expect(tiny(old(0, 100), [], 0)).toEqual(length < 8 ? [] : [{ at: 0, from: 0, length }]);
});

test("matches are in order, apart, and true, whatever the piece is made of", () => {
  const parts = fc.array(
    fc.record({ from: fc.nat(39_000), length: fc.nat(200), known: fc.boolean() }),
    { maxLength: 30 },
  );
  const law = fc.property(parts, fc.integer({ min: -100, max: 50_000 }), (made, expected) => {
    const piece = Buffer.concat(
      made.map(({ from, length, known }) => (known ? old(from, length) : news(length))),
    );
    let end = 0;
    for (const { at, from, length } of fill(piece, [], expected)) {
      expect(at).toBeGreaterThanOrEqual(end);
      expect(length).toBeGreaterThanOrEqual(8);
      expect(piece.subarray(at, at + length).equals(old(from, length))).toBe(true);
      end = at + length;
    }
    expect(end).toBeLessThanOrEqual(piece.length);
  });
  fc.assert(law, { numRuns: 300, seed: 2026 });
});
