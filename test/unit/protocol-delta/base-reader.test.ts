import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { baseReader } from "../../../protocol/delta/base-reader.ts";
import { noise } from "../../testkit/database-pairs.ts";

const block = 16 * 1024;
const old = noise("old", 200 * block + 100);

/** A reader of the old file, and the lengths of the reads that it makes. */
function reader(targetLength = old.length) {
  const reads: number[] = [];
  const base = {
    length: old.length,
    read: async (into: Uint8Array, position: number) => {
      reads.push(into.length);
      return old.copy(into, 0, position);
    },
  };
  return { ...baseReader(base, targetLength), reads };
}

async function copied(from: ReturnType<typeof reader>, position: number, length: number) {
  const into = Buffer.alloc(length);
  await from.copy(into, position);
  return into.equals(old.subarray(position, position + length));
}

/** Short copies through the whole of a stretch of blocks. */
async function inOrder(from: ReturnType<typeof reader>, first: number, blocks: number) {
  for (let at = first * block; at < (first + blocks) * block; at += 1000) {
    await copied(from, at, 100);
  }
}

describe("reads of the old file", () => {
  test("copies that go on from block to block are read in ever longer runs", async () => {
    const from = reader();
    await inOrder(from, 0, 64);
    expect(from.reads.map((length) => length / block)).toEqual([1, 2, 4, 8, 16, 16, 16, 1]);
  });

  test("a copy from elsewhere begins with one block again", async () => {
    const from = reader();
    await inOrder(from, 0, 7);
    await copied(from, 100 * block, 10);
    expect(from.reads.at(-1)).toBe(block);
  });

  test("copies within blocks that are held read nothing", async () => {
    const from = reader();
    await copied(from, 5 * block, 10);
    expect(from.copy(Buffer.alloc(500), 5 * block + 100)).toBeUndefined();
    expect(from.reads).toHaveLength(1);
  });

  test("of a long copy only what is not held is read, in one piece", async () => {
    const from = reader();
    await copied(from, 5 * block, 10);
    expect(await copied(from, 6 * block - 100, 3 * block)).toBe(true);
    expect(from.reads).toEqual([block, 3 * block - 100]);
  });

  test("no more than its bound is read, though a delta hops", async () => {
    const from = reader(0);
    const hops = async (): Promise<void> => {
      for (let hop = 0; hop < 100_000; hop += 1) await copied(from, ((hop * 97) % 200) * block, 10);
    };
    await expect(hops()).rejects.toMatchObject({ code: "trust.mismatch" });
    expect(from.reads.length).toBeLessThanOrEqual(4096);
  });
});

test("copies are true, whatever their order", async () => {
  const copies = fc.array(
    fc.record({ position: fc.nat(old.length - 1), length: fc.integer({ min: 1, max: 40_000 }) }),
    { maxLength: 60 },
  );
  const law = fc.asyncProperty(copies, fc.boolean(), async (wanted, sorted) => {
    const from = reader();
    const order = sorted ? wanted.toSorted((a, b) => a.position - b.position) : wanted;
    for (const { position, length } of order) {
      expect(await copied(from, position, Math.min(length, old.length - position))).toBe(true);
    }
  });
  await fc.assert(law, { numRuns: 100, seed: 2026 });
});

describe("long copies", () => {
  /** An old file whose reads end when they are told to. */
  function heldBack() {
    const waiting: (() => void)[] = [];
    const base = {
      length: old.length,
      read: async (into: Uint8Array, position: number) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push(resolve);
        await promise;
        if (position === 0) throw new Error("broken");
        return old.copy(into, 0, position);
      },
    };
    return { waiting, reader: baseReader(base, old.length) };
  }

  test("are read side by side, and there once that has settled", async () => {
    const { reader: from, waiting } = heldBack();
    const [one, other] = [Buffer.alloc(5000), Buffer.alloc(6000)];
    expect([from.copy(one, 100), from.copy(other, 90_000)]).toEqual([undefined, undefined]);
    expect(waiting).toHaveLength(2);
    for (const end of waiting.toReversed()) end();
    await from.settled();
    expect(one.equals(old.subarray(100, 5100))).toBe(true);
    expect(other.equals(old.subarray(90_000, 96_000))).toBe(true);
    expect(from.settled()).toBeUndefined();
  });

  test("one that fails is told when none is under way any more", async () => {
    const { reader: from, waiting } = heldBack();
    const copies = [0, 90_000].map((position) => from.copy(Buffer.alloc(5000), position));
    expect(copies).toEqual([undefined, undefined]);
    let over = false;
    const settling = expect(from.settled()?.finally(() => (over = true))).rejects.toThrow("broken");
    waiting[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    waiting[1]?.();
    await settling;
  });
});
