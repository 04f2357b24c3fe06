import { describe, expect, test } from "vitest";
import type { GuardsConfig, RecordGuard } from "../../../agent/config/types.ts";
import { type Measured, violationsOf } from "../../../agent/consumer/guards/guards.ts";

const lines = (maxFall: number): RecordGuard => ({ files: "*.csv", count: "lines", maxFall });
const guards = (more: Partial<GuardsConfig>): GuardsConfig => ({
  mustExist: [],
  records: [],
  ...more,
});
const measured = (records: readonly number[], files: Record<string, number> = {}): Measured => ({
  files: new Map(Object.entries(files)),
  records,
});

describe("records", () => {
  test.each([
    [1000, 900, 10],
    [1000, 1000, 0],
    [1000, 5000, 0],
    [1000, 0, 100],
    [0, 0, 10],
    [3, 3, 50],
  ])("from %i to %i is allowed where they may fall by %i %%", (before, after, maxFall) => {
    const violations = violationsOf(
      guards({ records: [lines(maxFall)] }),
      measured([after]),
      measured([before]),
    );
    expect(violations).toEqual([]);
  });

  test.each([
    [1000, 899, 10, "by 10.1 %"],
    [1000, 999, 0, "by 0.1 %"],
    [1000, 0, 99, "by 100 %"],
    [3, 1, 50, "by 66.6 %"],
  ])("from %i to %i is too few where they may fall by %i %%", (before, after, maxFall, told) => {
    const [violation = ""] = violationsOf(
      guards({ records: [lines(maxFall)] }),
      measured([after]),
      measured([before]),
    );
    expect(violation).toContain(`the lines of *.csv fall from ${before} to ${after}, ${told}`);
  });

  test("are compared with nothing on the first installation", () => {
    expect(violationsOf(guards({ records: [lines(0)] }), measured([0]), undefined)).toEqual([]);
  });

  test("are compared for each guard by itself", () => {
    const both = guards({
      records: [lines(10), { ...lines(10), files: "*.mmdb", count: "bytes" }],
    });
    expect(violationsOf(both, measured([100, 5]), measured([100, 100]))).toEqual([
      "the bytes of *.mmdb fall from 100 to 5, by 95 % where 10 % are allowed",
    ]);
  });
});

test("files that must exist are named when they do not", () => {
  const must = guards({ mustExist: ["a.csv", "sub/b.csv"] });
  expect(violationsOf(must, measured([], { "a.csv": 1 }), undefined)).toEqual([
    "sub/b.csv is missing",
  ]);
});

test.each([
  [9, ["it has 9 bytes, and 10 are the least"]],
  [10, []],
  [20, []],
  [21, ["it has 21 bytes, and 20 are the most"]],
])("%i bytes in all, between 10 and 20", (bytes, expected) => {
  const bounds = guards({ minBytes: 10, maxBytes: 20 });
  expect(violationsOf(bounds, measured([], { a: bytes - 2, b: 2 }), undefined)).toEqual(expected);
});
