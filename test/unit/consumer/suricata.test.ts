import { describe, expect, test } from "vitest";
import { rulesetOf, shortfallOf } from "../../../agent/consumer/suricata/ruleset.ts";
import { suricataArgv, trialResultOf } from "../../../agent/consumer/suricata/trial.ts";
import type { ProcessResult } from "../../../host/process.ts";

const result = (more: Partial<ProcessResult>): ProcessResult => ({
  code: 0,
  signal: null,
  stdout: "",
  stderr: "",
  timedOut: false,
  truncated: false,
  ...more,
});

describe("the trial with suricata -T", () => {
  test("tries the staged rules and no others, and writes its logs aside", () => {
    expect(suricataArgv("/s", "/etc/s.yaml", "/staged", "/tmp/x")).toEqual([
      "/s",
      "-T",
      "-v",
      "-c",
      "/etc/s.yaml",
      "-S",
      "/staged/*.rules",
      "-l",
      "/tmp/x",
    ]);
  });

  test.each([
    ["1 rule files processed. 2 rules successfully loaded, 0 rules failed, 0", { rules: 2 }],
    ["Configuration provided was successfully loaded. Exiting.", { rules: undefined }],
    ["2 rules successfully loaded, 1 rules failed", { refusal: "cannot load 1 rules" }],
    ["0 rules successfully loaded, 0 rules failed", { refusal: "loads no rule" }],
    ["1 rule files specified, but no rules were loaded!", { refusal: "loads no rule" }],
  ])("exit code 0: %s", (stderr, expected) => {
    expect(trialResultOf(result({ stderr }), 1000)).toEqual(expected);
  });

  test.each([
    [{ code: 1, stderr: "E: bad" }, "ended with code 1: E: bad"],
    [{ code: null, signal: "SIGKILL" }, "was ended by SIGKILL"],
    [{ timedOut: true }, "did not end within 1 s"],
  ])("refuses: %j", (run, refusal) => {
    expect(trialResultOf(result(run), 1000)).toEqual({ refusal });
  });
});

describe("the proof by ruleset statistics", () => {
  const times = [{ id: 0, last_reload: "2026-11-24T15:47:41.608556+0000" }];
  const before = JSON.stringify([{ id: 0, last_reload: "2026-11-24T15:40:00.000000+0000" }]);
  const stats = (loaded: unknown, failed: unknown) =>
    JSON.parse(JSON.stringify([{ id: 0, rules_loaded: loaded, rules_failed: failed }]));

  test.each([
    ["all loaded", 2, 0, 2, undefined],
    ["more rules than those of the database", 9, 0, 2, undefined],
    ["no trial in this process", 1, 0, undefined, undefined],
    ["one failed", 2, 1, 2, "1 rules failed"],
    ["none loaded", 0, 0, undefined, "it loaded no rule"],
    ["fewer than the trial", 1, 0, 2, "it loaded 1 rules of 2"],
  ])("%s", (_, loaded, failed, rules, shortfall) => {
    const ruleset = rulesetOf(stats(loaded, failed), times);
    expect(ruleset).toBeDefined();
    if (ruleset === undefined) return;
    expect(shortfallOf(ruleset, { rules, reloadedAt: before })).toBe(shortfall);
  });

  test("a moment of the last reload that is the one from before proves nothing", () => {
    const ruleset = rulesetOf(stats(2, 0), times);
    if (ruleset === undefined) throw new Error("not read");
    const shortfall = shortfallOf(ruleset, { rules: 2, reloadedAt: ruleset.reloadedAt });
    expect(shortfall).toBe("it did not reload");
  });

  test("tenants are counted together", () => {
    const two = [
      { id: 0, rules_loaded: 1, rules_failed: 0 },
      { id: 1, rules_loaded: 2, rules_failed: 3 },
    ];
    expect(rulesetOf(two, times)).toMatchObject({ loaded: 3, failed: 3 });
  });

  test.each([
    [null],
    ["done"],
    [[]],
    [[1]],
    [stats(-1, 0)],
    [stats("2", 0)],
    [stats(2.5, 0)],
    [stats(2, null)],
  ])("%j is not read as statistics", (strange) => {
    expect(rulesetOf(strange, times)).toBeUndefined();
  });
});
