/** Turns vitest's JSON reports and the exit codes of lint and tests into the last line of a CI run. */
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

/** One call of vitest. */
interface Suite {
  /** The command that ran it. */
  readonly name: string;
  /** Vitest's report as parsed JSON; undefined if there is none. */
  readonly report: unknown;
  readonly exitCode: number;
}

interface Run {
  readonly suites: readonly Suite[];
  readonly lintExitCode: number;
  /** Whether a skipped test counts as a failed one. */
  readonly strict: boolean;
}

/** Counts a run. A run that fails in any way has at least one failure. */
export const summarise = ({ suites, lintExitCode, strict }: Run): Summary => {
  const remarks: string[] = [];
  let passed = 0;
  let failed = 0;
  const fail = (remark: string): void => {
    failed += 1;
    remarks.push(`failed: ${remark}`);
  };

  const count = ({ name, report, exitCode }: Suite): void => {
    const before = passed + failed;
    const failedBefore = failed;
    const parsed = reportSchema.safeParse(report);
    if (!parsed.success) fail(`${name} left no readable report`);
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
    const none = (parsed.data?.testResults ?? []).every(
      (file) => file.assertionResults.length === 0,
    );
    if (parsed.success && none && passed + failed === before) fail(`${name} ran no test`);
    if (exitCode !== 0 && failed === failedBefore) fail(`${name} ended with exit code ${exitCode}`);
  };
  for (const suite of suites) count(suite);
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
  const [lint = "1", ...words] = process.argv.slice(2);
  const suites: Suite[] = [];
  for (const word of words) {
    const [, name = "", exitCode = "1", path = ""] = /^(.*):(\d+):(.*)$/.exec(word) ?? [];
    suites.push({ name, exitCode: Number(exitCode), report: await readReport(path) });
  }
  const { passed, failed, remarks } = summarise({
    suites,
    lintExitCode: Number(lint),
    strict: process.env["CI"] === "true",
  });
  for (const remark of remarks) process.stdout.write(`${remark}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
