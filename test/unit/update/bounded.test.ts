import { describe, expect, test } from "vitest";
import { forEachBounded } from "../../../agent/update/bounded.ts";

describe("so many at a time", () => {
  test("never more than the limit, and all of them", async () => {
    let running = 0;
    let most = 0;
    const seen: number[] = [];
    await forEachBounded([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      seen.push(item);
      running -= 1;
    });
    expect([most, seen.toSorted((a, b) => a - b)]).toEqual([3, [1, 2, 3, 4, 5, 6, 7]]);
  });

  test("after a failure the others are aborted and awaited, and none is begun", async () => {
    const begun: number[] = [];
    let ended = 0;
    const all = forEachBounded([1, 2, 3, 4], 2, async (item, signal) => {
      begun.push(item);
      if (item === 1) throw new Error("first");
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      ended += 1;
    });
    await expect(all).rejects.toThrow("first");
    expect([begun, ended]).toEqual([[1, 2], 1]);
  });
});
