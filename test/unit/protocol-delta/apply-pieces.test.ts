/** Large windows: what they make comes in pieces, and only one that copies from itself is held. */
import { describe, expect, test } from "vitest";
import { applyDelta } from "../../../protocol/delta/apply.ts";
import { limits } from "../../../protocol/delta/limits.ts";
import { noise } from "../../testkit/database-pairs.ts";
import { deltaOf, integer } from "../../testkit/delta-builder.ts";
import { applied, baseOf } from "../../testkit/delta-work.ts";

const old = Buffer.from("abcdefghijklmnop");
/** Codes of RFC 3284 §5.6. */
const code = { run: 0, copySelf: 19 };

describe("a window of more than passes through at once", () => {
  const large = noise("large", 1_700_000);
  const copyAll = (...more: readonly number[]): number[] => [
    code.copySelf,
    ...integer(large.length),
    ...more,
  ];

  test("that copies from the old file alone comes in pieces of 1 MiB", async () => {
    const delta = deltaOf({
      source: [large.length, 0],
      target: large.length + 600_003,
      data: [...Buffer.from("abc"), 7],
      instructions: [4, ...copyAll(code.run, ...integer(600_000))],
      addresses: [0],
    });
    const pieces: Buffer[] = [];
    async function* whole(): AsyncGenerator<Buffer> {
      yield delta;
    }
    for await (const piece of applyDelta(whole(), baseOf(large), large.length + 600_003)) {
      pieces.push(Buffer.from(piece));
    }
    expect(Math.max(...pieces.map((piece) => piece.length))).toBe(1024 * 1024);
    const wanted = Buffer.concat([Buffer.from("abc"), large, Buffer.alloc(600_000, 7)]);
    expect(Buffer.concat(pieces).equals(wanted)).toBe(true);
  });

  test("and each piece stays as it is while the next is made, from window to window", async () => {
    const small = { source: [16, 0], target: 4, instructions: [20] } as const;
    const windows = [0, 4, 8, 12].map((place) => ({ ...small, addresses: [place] }));
    const all = {
      source: [large.length, 0],
      target: large.length,
      instructions: copyAll(),
      addresses: [0],
    } as const;
    async function* delta(): AsyncGenerator<Buffer> {
      yield deltaOf(...windows, all, ...windows, all);
    }
    const length = 2 * (16 + large.length);
    let before: { readonly piece: Uint8Array; readonly content: Buffer } | undefined;
    let made = 0;
    for await (const piece of applyDelta(delta(), baseOf(large), length)) {
      if (before !== undefined) expect(before.content.equals(before.piece)).toBe(true);
      before = { piece, content: Buffer.from(piece) };
      made += piece.length;
    }
    expect(made).toBe(length);
  });

  test("may copy from what it wrote long before", async () => {
    const delta = deltaOf({
      source: [large.length, 0],
      target: 2 * large.length,
      instructions: copyAll(...copyAll()),
      addresses: [0, ...integer(large.length)],
    });
    const made = await applied(large, delta, 2 * large.length);
    expect(made.equals(Buffer.concat([large, large]))).toBe(true);
  });

  test("may be twice as large as one that copies from itself, and no larger", async () => {
    const whole = (target: number, addresses: readonly number[]): Buffer =>
      deltaOf({
        source: [4, 0],
        target,
        data: [1],
        instructions: [0, ...integer(target - 4), code.copySelf, 4],
        addresses,
      });
    const { window, heldWindow } = limits;
    expect(await applied(old, whole(window, [0]), window)).toHaveLength(window);
    expect(await applied(old, whole(heldWindow, [4]), heldWindow)).toHaveLength(heldWindow);
    const more = heldWindow + 1;
    await expect(applied(old, whole(more, [4]), more)).rejects.toThrow(
      "copies within a window that is too large",
    );
  });
});
