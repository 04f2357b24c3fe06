import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Goal, goalsSchema, judge, verdictLine } from "../../../bench/goals.ts";
import type { CaseResult, Sample } from "../../../bench/types.ts";

const sample = (wallMs: number): Sample => ({
  wallMs,
  cpuMs: 1,
  peakRssBytes: 80_000_000,
  bytesReceived: 170,
  requests: 1,
});

const result = (name: string, median: Sample | undefined, missing?: string): CaseResult => ({
  suite: "s",
  job: "j",
  name,
  peer: name !== "ours",
  samples: [],
  ...(median === undefined ? {} : { median }),
  ...(missing === undefined ? {} : { missing }),
});

const goal = (limit: Goal["limit"], metric: Goal["metric"] = "wallMs"): Goal => ({
  name: "g",
  quote: "as asked",
  suite: "s",
  job: "j",
  case: "ours",
  metric,
  limit,
});

describe("a goal", () => {
  test("is reached at its limit and missed above it", () => {
    expect(judge(goal({ max: 100 }), [result("ours", sample(100))]).ok).toBe(true);
    expect(judge(goal({ max: 100 }), [result("ours", sample(100.1))]).ok).toBe(false);
  });

  test("may refer to a peer, by a factor and an addend", () => {
    const results = [result("ours", sample(170)), result("theirs", sample(80))];
    expect(judge(goal({ peer: "theirs", plus: 90 }), results)).toMatchObject({
      goal: "≤ 170 ms",
      ok: true,
    });
    expect(judge(goal({ peer: "theirs", factor: 2 }), results).ok).toBe(false);
  });

  test("is missed when the peer is missing, and says why", () => {
    const results = [result("ours", sample(1)), result("theirs", undefined, "not installed")];
    const verdict = judge(goal({ peer: "theirs", plus: 90 }), results);
    expect(verdictLine(verdict)).toBe("g  as asked  theirs: not installed  MISSED");
  });

  test("is missed when nothing was measured", () => {
    expect(judge(goal({ max: 1 }), [])).toMatchObject({
      measured: "ours: not measured",
      ok: false,
    });
  });

  test("prints one line with name, goal, measured, and ok", () => {
    const verdict = judge(goal({ max: 95_000_000 }, "peakRssBytes"), [result("ours", sample(1))]);
    expect(verdictLine(verdict)).toBe("g  ≤ 95.0 MB  80.0 MB  ok");
  });

  test("every goal of the project is well formed and quotes what was asked for", () => {
    const path = join(import.meta.dirname, "../../../bench/goals.json");
    const goals = goalsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    expect(goals.length).toBeGreaterThan(0);
    expect(goals.filter(({ quote }) => quote.trim() === "")).toEqual([]);
  });
});
