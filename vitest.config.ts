/**
 * How the tests run. Unit and integration tests share two workers; conformance and blackbox tests
 * come after them, the blackbox tests one file at a time: they measure, and start many processes.
 * System tests start real consumers; they are not part of `npm test` (`npm run test:system`), and
 * neither is what needs a Windows or its stand-in (`npm run test:windows`).
 */
import { defineConfig } from "vitest/config";

interface Kind {
  readonly name: string;
  readonly timeoutMs: number;
  readonly order: number;
  readonly workers: number;
}

const kinds: readonly Kind[] = [
  { name: "unit", timeoutMs: 30_000, order: 0, workers: 2 },
  { name: "integration", timeoutMs: 180_000, order: 1, workers: 2 },
  { name: "conformance", timeoutMs: 120_000, order: 2, workers: 2 },
  { name: "fuzz", timeoutMs: 120_000, order: 2, workers: 2 },
  { name: "blackbox", timeoutMs: 240_000, order: 3, workers: 1 },
  { name: "system", timeoutMs: 300_000, order: 4, workers: 1 },
  { name: "windows", timeoutMs: 300_000, order: 5, workers: 1 },
];

const project = ({ name, timeoutMs, order, workers }: Kind) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    pool: "forks" as const,
    maxWorkers: workers,
    fileParallelism: workers > 1,
    sequence: { groupOrder: order },
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    // The default of a second is too short for a process to start in on a machine with much to do.
    expect: { poll: { timeout: 15_000 } },
  },
});

const report = process.env["VITEST_JSON"];

export default defineConfig({
  test: {
    projects: kinds.map(project),
    allowOnly: false,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
