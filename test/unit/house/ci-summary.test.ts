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
const clean = { lintExitCode: 0, testExitCode: 0, strict: false };

describe("the last line of a CI run", () => {
  test("counts passed and failed tests", () => {
    const run = { ...clean, testExitCode: 1, report: report("passed", "failed", "passed") };
    expect(summarise(run)).toEqual({ passed: 2, failed: 1, remarks: ["failed: test 1"] });
  });

  test("a skipped test is named, and is no failure", () => {
    expect(summarise({ ...clean, report: report("passed", "skipped") })).toEqual({
      passed: 1,
      failed: 0,
      remarks: ["skipped: test 1"],
    });
  });

  test("a skipped test is a failure under CI=true", () => {
    const summary = summarise({ ...clean, strict: true, report: report("passed", "pending") });
    expect(summary.failed).toBe(1);
    expect(summary.remarks[0]).toContain("test 1 (skipped");
  });

  test("a test file that cannot be loaded is a failure", () => {
    const broken = { name: "b.test.ts", status: "failed", message: "boom", assertionResults: [] };
    const run = { ...clean, testExitCode: 1, report: { testResults: [broken] } };
    expect(summarise(run)).toEqual({
      passed: 0,
      failed: 1,
      remarks: ["failed: b.test.ts (boom)"],
    });
  });

  test("lint that fails is a failure of its own", () => {
    const summary = summarise({ ...clean, lintExitCode: 1, report: report("passed") });
    expect(summary).toMatchObject({ passed: 1, failed: 1 });
  });

  test.each([
    ["no report", undefined],
    ["a report of another form", { testResults: "none" }],
    ["a report without tests", { testResults: [] }],
  ])("%s is a failure", (_, unusable) => {
    expect(summarise({ ...clean, report: unusable })).toMatchObject({ passed: 0, failed: 1 });
  });

  test("a run that fails outside any test is a failure", () => {
    expect(summarise({ ...clean, testExitCode: 1, report: report("passed") }).failed).toBe(1);
  });
});
