import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgeFailure, repeatMs, type ToldFailure } from "../../../agent/daemon/noise-filter.ts";

/** What is said of a row of results: a letter for a failure, "-" for none; 20 minutes apart. */
function story(results: string, betweenMs = 1_200_000): string[] {
  let told: ToldFailure | undefined;
  return Array.from(results, (result, index) => {
    const signature = result === "-" ? undefined : result;
    const verdict = judgeFailure(told, signature, index * betweenMs);
    ({ told } = verdict);
    return verdict.say === "still" ? `still+${verdict.silent}` : verdict.say;
  });
}

describe("a repeating failure", () => {
  test("is told when it begins, then hourly, with how often it came meanwhile", () => {
    const n = "nothing";
    expect(story("aaaaaaa")).toEqual(["first", n, n, "still+2", n, n, "still+2"]);
  });

  test("is told when it changes", () => {
    expect(story("aab")).toEqual(["first", "nothing", "first"]);
    expect(story("aba")).toEqual(["first", "first", "first"]);
  });

  test("its end is told once, and its return is new", () => {
    expect(story("a--a")).toEqual(["first", "over", "nothing", "first"]);
  });

  test("success alone is never told", () => {
    expect(story("----")).toEqual(["nothing", "nothing", "nothing", "nothing"]);
  });
});

test("of one lasting failure no more lines come than hours, plus one, however often it is tried", () => {
  const betweens = fc.array(fc.integer({ min: 1, max: 2 * repeatMs }), { maxLength: 200 });
  fc.assert(
    fc.property(betweens, (waits) => {
      let told: ToldFailure | undefined;
      let [now, lines] = [0, 0];
      for (const wait of waits) {
        const verdict = judgeFailure(told, "same", now);
        ({ told } = verdict);
        if (verdict.say !== "nothing") lines += 1;
        now += wait;
      }
      expect(lines).toBeLessThanOrEqual(1 + Math.floor(now / repeatMs));
    }),
  );
});
