import { zstdCompressSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indexBlocks } from "../../../protocol/delta/block-index.ts";
import { findMatches } from "../../../protocol/delta/find-matches.ts";
import { buildWindow } from "../../../protocol/delta/window-builder.ts";
import { databasePairs, noise } from "../../testkit/database-pairs.ts";
import { applied, deltaBetween } from "../../testkit/delta-work.ts";

describe("decode ∘ encode is the identity", () => {
  test.each(Object.keys(databasePairs))("for %s", async (kind) => {
    const [before, after] = databasePairs[kind]?.() ?? [Buffer.alloc(0), Buffer.alloc(0)];
    const delta = await deltaBetween(before, after, 100_000);
    const made = await applied(before, delta, after.length);
    expect(made.equals(after)).toBe(true);
  });

  test("for an empty new file, which takes a head and no window", async () => {
    const delta = await deltaBetween(Buffer.from("old"), Buffer.alloc(0));
    expect(delta.toString("hex")).toBe("d6c3c40000");
    expect(await applied(Buffer.from("old"), delta, 0)).toHaveLength(0);
  });

  test("for any edits, windows and pieces", async () => {
    const edit = fc.record({
      at: fc.nat(20_000),
      remove: fc.nat(3000),
      insert: fc.uint8Array({ maxLength: 400 }),
    });
    const inputs = fc.record({
      edits: fc.array(edit, { maxLength: 12 }),
      windowBytes: fc.integer({ min: 400, max: 30_000 }),
      pieceBytes: fc.integer({ min: 1, max: 5000 }),
    });
    const before = noise("law", 20_000);
    const law = fc.asyncProperty(inputs, async ({ edits, windowBytes, pieceBytes }) => {
      let after = before;
      for (const { at, remove, insert } of edits) {
        after = Buffer.concat([after.subarray(0, at), insert, after.subarray(at + remove)]);
      }
      const delta = await deltaBetween(before, after, windowBytes);
      const made = await applied(before, delta, after.length, pieceBytes);
      expect(made.equals(after)).toBe(true);
    });
    await fc.assert(law, { numRuns: 100, seed: 2026 });
  });
});

describe("a delta is small", () => {
  const [before, after] = databasePairs["text"]?.() ?? [Buffer.alloc(0), Buffer.alloc(0)];

  test("it holds what is new and little else", async () => {
    const delta = await deltaBetween(before, after, after.length);
    const added = 100 * 68;
    expect(delta.length).toBeLessThan(added + 500);
  });

  test("a match goes as far as it can both ways: changing one byte costs no more than it", async () => {
    const changed = Buffer.from(before);
    changed[250_001] = 0;
    const delta = await deltaBetween(before, changed, before.length);
    expect(delta.length).toBeLessThan(45);
  });

  test("what was moved is found again", async () => {
    const moved = Buffer.concat([before.subarray(200_000), before.subarray(0, 200_000)]);
    expect((await deltaBetween(before, moved, moved.length)).length).toBeLessThan(50);
  });

  test("records that are sorted anew are copied, short as they are", async () => {
    const records = Array.from({ length: 4000 }, (_, index) => noise(`record ${index}`, 24));
    const old = Buffer.concat(records);
    for (let at = 0; at < records.length; at += 400) {
      records.splice(at, 100, ...records.slice(at, at + 100).toReversed());
    }
    const delta = await deltaBetween(old, Buffer.concat(records), old.length);
    const moved = 10 * 100 * 24;
    expect(zstdCompressSync(delta).length).toBeLessThan(moved / 4);
  });

  test("short copies are left out where what is added compresses better", async () => {
    const line = (index: number): string =>
      `Win.Trojan.Generic-Agent.Variant-${index}:0:*:${noise(`${index}`, 20).toString("hex")}\n`;
    const lines = Array.from({ length: 4000 }, (_, index) => line(index));
    const later = lines.flatMap((text, index) =>
      index % 20 === 0 ? [text, line(index + 10_000), line(index + 20_000)] : [text],
    );
    const [older, newer] = [Buffer.from(lines.join("")), Buffer.from(later.join(""))];
    const window = buildWindow(older.length);
    window.add(newer, findMatches(indexBlocks(older), newer, 0));
    const ofLongMatches = Buffer.concat(window.sections());
    const delta = await deltaBetween(older, newer, newer.length);
    expect(delta.subarray(5).equals(ofLongMatches)).toBe(true);
  });

  test("new data costs its own length and some bytes for each window", async () => {
    const [one, other] = databasePairs["random"]?.() ?? [before, after];
    const delta = await deltaBetween(one, other, 100_000);
    expect(delta.length).toBeLessThan(other.length + 4 * 40);
  });
});
