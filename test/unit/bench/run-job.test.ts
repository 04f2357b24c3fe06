import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { orderOfRound, runJob } from "../../../bench/run-job.ts";
import { median, medianSample } from "../../../bench/statistics.ts";
import { jobTable } from "../../../bench/table.ts";
import type { Case, Sample } from "../../../bench/types.ts";

const sample = (wallMs: number): Sample => ({
  wallMs,
  cpuMs: 2,
  peakRssBytes: 50_000_000,
  bytesReceived: 3,
  requests: 1,
});

const mustNotRun = () => Promise.reject(new Error("must not run"));

describe("the median", () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 2, 3], 2.5],
    [[10, 9, 100], 10],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test("has as many values below as above, whatever their order", () => {
    const values = fc.array(fc.integer(), { minLength: 1 });
    fc.assert(
      fc.property(values, (list) => {
        const middle = median(list);
        const below = list.filter((value) => value < middle).length;
        const above = list.filter((value) => value > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(list.length / 2);
      }),
    );
  });

  test("of nothing is refused", () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe("the median of samples", () => {
  test("is that of each number by itself", () => {
    const samples = [1, 2, 9].map((value) => ({ ...sample(10 - value), privateBytes: value }));
    expect(medianSample(samples)).toMatchObject({ wallMs: 8, privateBytes: 2 });
  });

  test("has no number that one of them lacks", () => {
    const found = medianSample([{ ...sample(1), pssBytes: 1 }, sample(2)]);
    expect(found).not.toHaveProperty("pssBytes");
    expect(medianSample([])).toBeUndefined();
  });
});

describe("a job", () => {
  test("alternates the order of its cases from round to round", async () => {
    const calls: string[] = [];
    const named = (name: string): Case => ({
      name,
      prepare: async () => void calls.push(`prepare ${name}`),
      run: async () => {
        calls.push(name);
        return sample(1);
      },
    });
    await runJob("s", { name: "j", rounds: 2, cases: [named("a"), named("b")] });
    expect(calls.filter((call) => call.length === 1)).toEqual(["a", "b", "b", "a"]);
    expect(calls[0]).toBe("prepare a");
    expect(orderOfRound([1, 2, 3], 2)).toEqual([1, 2, 3]);
  });

  test("skips a missing case and keeps its reason", async () => {
    const cases = [{ name: "theirs", peer: true, missing: "not installed", run: mustNotRun }];
    const [result] = await runJob("s", { name: "j", rounds: 3, cases });
    expect(result).toEqual({
      suite: "s",
      job: "j",
      name: "theirs",
      peer: true,
      missing: "not installed",
      samples: [],
    });
  });

  test("prints medians, and ratios to its first case", async () => {
    const walls = [10, 30, 20];
    const cases: Case[] = [
      {
        name: "vouchsafe",
        run: async () => ({ ...sample(walls.pop() ?? 0), bytesWritten: 4096 }),
      },
      { name: "peer", peer: true, run: async () => sample(50) },
      { name: "absent", peer: true, missing: "not installed", run: async () => sample(0) },
    ];
    const table = jobTable(await runJob("s", { name: "j", rounds: 3, cases }));
    expect(table.split("\n")).toEqual([
      "s: j (median of 3)",
      "  case       wall ms     ×  CPU ms  peak MB     ×  bytes received  requests  bytes written",
      "  vouchsafe       20  1.00       2     50.0  1.00               3         1           4096",
      "  peer            50  2.50       2     50.0  1.00               3         1              –",
      "  absent     skipped: not installed",
    ]);
  });

  test("says what a process holds that goes on", async () => {
    const run = async () => ({ ...sample(1), privateBytes: 28_400_000, pssBytes: 82_300_000 });
    const table = jobTable(
      await runJob("s", { name: "j", rounds: 1, cases: [{ name: "a", run }] }),
    );
    expect(table.split("\n").at(-1)).toBe("  a: 28.4 MB private, 82.3 MB PSS");
  });
});
