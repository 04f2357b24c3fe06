/** Turns vitest's JSON report and the exit codes of lint and tests into the last line of a CI run. */
import { readFile } from "node:fs/promises";
import { z } from "zod";

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** What a run amounted to. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  /** One line for each failure, and for each skipped test. */
  readonly remarks: readonly string[];
}

interface Run {
  /** Vitest's report as parsed JSON; undefined if there is none. */
  readonly report: unknown;
  readonly lintExitCode: number;
  readonly testExitCode: number;
  /** Whether a skipped test counts as a failed one. */
  readonly strict: boolean;
}

/** Counts a run. A run that fails in any way has at least one failure. */
export const summarise = ({ report, lintExitCode, testExitCode, strict }: Run): Summary => {
  const remarks: string[] = [];
  let passed = 0;
  let failed = 0;
  const fail = (remark: string): void => {
    failed += 1;
    remarks.push(`failed: ${remark}`);
  };

  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) fail("the test run left no readable report");
  for (const file of parsed.data?.testResults ?? []) {
    for (const { fullName, status } of file.assertionResults) {
      if (status === "passed") passed += 1;
      else if (status === "failed") fail(fullName);
      else if (strict) fail(`${fullName} (skipped, which CI=true does not allow)`);
      else remarks.push(`skipped: ${fullName}`);
    }
    const noneFailed = file.assertionResults.every(({ status }) => status !== "failed");
    if (file.status === "failed" && noneFailed)
      fail(`${file.name} (${file.message ?? "no reason"})`);
  }
  if (parsed.success && passed + failed === 0) fail("the report holds no test");
  if (testExitCode !== 0 && failed === 0) fail(`npm test ended with exit code ${testExitCode}`);
  if (lintExitCode !== 0) fail(`npm run lint ended with exit code ${lintExitCode}`);
  return { passed, failed, remarks };
};

const readReport = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
};

if (import.meta.main) {
  const [path = "", lint = "1", tests = "1"] = process.argv.slice(2);
  const { passed, failed, remarks } = summarise({
    report: await readReport(path),
    lintExitCode: Number(lint),
    testExitCode: Number(tests),
    strict: process.env["CI"] === "true",
  });
  for (const remark of remarks) process.stdout.write(`${remark}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
