import { describe, expect, test } from "vitest";
import { summarise } from "../../../.ci/summary.ts";

const report = (...statuses: string[]) => ({
  testResults: [
    {
      name: "a.test.ts",
      status: statuses.includes("failed") ? "failed" : "passed",
      assertionResults: statuses.map((status, index) => ({ fullName: `test ${index}`, status })),
    },
  ],
});
const suite = (given: unknown, exitCode = 0) => ({ name: "npm test", report: given, exitCode });
const clean = { lintExitCode: 0, strict: false };

describe("the last line of a CI run", () => {
  test("counts passed and failed tests", () => {
    const run = { ...clean, suites: [suite(report("passed", "failed", "passed"), 1)] };
    expect(summarise(run)).toEqual({ passed: 2, failed: 1, remarks: ["failed: test 1"] });
  });

  test("a skipped test is named, and is no failure", () => {
    expect(summarise({ ...clean, suites: [suite(report("passed", "skipped"))] })).toEqual({
      passed: 1,
      failed: 0,
      remarks: ["skipped: test 1"],
    });
  });

  test("a skipped test is a failure under CI=true", () => {
    const summary = summarise({
      ...clean,
      strict: true,
      suites: [suite(report("passed", "pending"))],
    });
    expect(summary.failed).toBe(1);
    expect(summary.remarks[0]).toContain("test 1 (skipped");
  });

  test("a test file that cannot be loaded is a failure", () => {
    const broken = { name: "b.test.ts", status: "failed", message: "boom", assertionResults: [] };
    const run = { ...clean, suites: [suite({ testResults: [broken] }, 1)] };
    expect(summarise(run)).toEqual({
      passed: 0,
      failed: 1,
      remarks: ["failed: b.test.ts (boom)"],
    });
  });

  test("lint that fails is a failure of its own", () => {
    const summary = summarise({ ...clean, lintExitCode: 1, suites: [suite(report("passed"))] });
    expect(summary).toMatchObject({ passed: 1, failed: 1 });
  });

  test.each([
    ["no report", undefined],
    ["a report of another form", { testResults: "none" }],
    ["a report without tests", { testResults: [] }],
  ])("%s is a failure", (_, unusable) => {
    expect(summarise({ ...clean, suites: [suite(unusable)] })).toMatchObject({
      passed: 0,
      failed: 1,
    });
  });

  test("a run that fails outside any test is a failure", () => {
    expect(summarise({ ...clean, suites: [suite(report("passed"), 1)] }).failed).toBe(1);
  });

  test("several suites are counted together, and each must have run and ended well", () => {
    const good = suite(report("passed", "passed"));
    expect(summarise({ ...clean, suites: [good, good] })).toMatchObject({ passed: 4, failed: 0 });
    const system = { ...suite(undefined), name: "npm run test:system" };
    expect(summarise({ ...clean, suites: [good, system] })).toEqual({
      passed: 2,
      failed: 1,
      remarks: ["failed: npm run test:system left no readable report"],
    });
    const failing = suite(report("failed"), 1);
    const ended = { ...suite(report("passed"), 124), name: "npm run test:system" };
    expect(summarise({ ...clean, suites: [failing, ended] })).toMatchObject({
      passed: 1,
      failed: 2,
    });
  });
});
