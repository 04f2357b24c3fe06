/** Recorded results as a page for people: pure. */
import { z } from "zod";
import { table } from "../docs/generator/markdown.ts";
import { type Goal, judge } from "./goals.ts";
import type { CaseResult } from "./types.ts";

const sampleSchema = z.object({
  wallMs: z.number(),
  cpuMs: z.number(),
  peakRssBytes: z.number(),
  bytesReceived: z.number(),
  requests: z.number(),
  bytesWritten: z.number().exactOptional(),
  privateBytes: z.number().exactOptional(),
  pssBytes: z.number().exactOptional(),
});

const resultSchema = z.object({
  suite: z.string(),
  job: z.string(),
  name: z.string(),
  peer: z.boolean(),
  missing: z.string().exactOptional(),
  samples: z.array(sampleSchema).readonly(),
  bytes: z.number().exactOptional(),
  median: sampleSchema.exactOptional(),
});

/** One run of one suite, as it is kept in `results/SUITE.json`. */
export const recordSchema = z.object({
  format: z.literal(1),
  suite: z.string(),
  /** Day of the run. */
  date: z.string(),
  /** What was measured. */
  commit: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryBytes: z.number(),
    system: z.string(),
    node: z.string(),
  }),
  results: z.array(resultSchema).readonly(),
});
export type SuiteRecord = z.infer<typeof recordSchema>;

/** Words to the left, numbers to the right. */
const numbers = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  table(
    heads,
    rows,
    heads.map((_, column) => (column === 0 ? "---" : "--:")),
  );

const ratio = (value: number, base: number): string =>
  base === 0 ? "–" : (value / base).toFixed(2);

const heads = [
  "case",
  "wall ms",
  "×",
  "CPU ms",
  "×",
  "peak MB",
  "×",
  "bytes received",
  "requests",
  "bytes written",
] as const;

/** Our own case comes first, and ratios are those to it. */
const row = ({ name, median, missing }: CaseResult, base: CaseResult): readonly string[] => {
  const ours = base.median;
  if (median === undefined || ours === undefined) {
    const [, , ...rest] = heads.map(() => "");
    return [name, `skipped: ${missing ?? "no samples"}`, ...rest];
  }
  return [
    name,
    median.wallMs.toFixed(0),
    ratio(median.wallMs, ours.wallMs),
    median.cpuMs.toFixed(0),
    ratio(median.cpuMs, ours.cpuMs),
    (median.peakRssBytes / 1e6).toFixed(1),
    ratio(median.peakRssBytes, ours.peakRssBytes),
    median.bytesReceived.toLocaleString("en"),
    String(median.requests),
    median.bytesWritten?.toLocaleString("en") ?? "–",
  ];
};

const jobSection = (job: string, results: readonly CaseResult[]): string => {
  const [first] = results;
  if (first === undefined) return "";
  const rows = results.map((result) => row(result, first));
  return `### ${job} (median of ${first.samples.length})\n\n${numbers(heads, rows)}\n`;
};

const goalsSection = (
  goals: readonly Goal[],
  results: readonly CaseResult[],
): readonly string[] => {
  if (goals.length === 0) return [];
  const rows = goals.map((goal) => {
    const { goal: limit, measured, ok } = judge(goal, results);
    return [goal.quote, limit, measured, ok ? "yes" : "**missed**"];
  });
  return [`### goals\n\n${numbers(["asked for", "limit", "measured", "reached"], rows)}\n`];
};

/** A commit as people write it; a benchmark that was recorded before it may have changed the tree. */
const shown = (commit: string): string =>
  commit.slice(0, 12) + (commit.endsWith("-dirty") ? ", changed" : "");

const suiteSection = (
  { suite, date, commit, machine, results }: SuiteRecord,
  goals: readonly Goal[],
): string => {
  const memory = `${(machine.memoryBytes / 1e9).toFixed(0)} GB`;
  const where = `${machine.cpu}, ${machine.cores} cores, ${memory}, ${machine.system}`;
  const jobs = [...new Set(results.map(({ job }) => job))];
  return [
    `## ${suite}\n\n${date}, commit ${shown(commit)}, Node.js ${machine.node}; ${where}.\n`,
    ...jobs.map((job) =>
      jobSection(
        job,
        results.filter((result) => result.job === job),
      ),
    ),
    ...goalsSection(
      goals.filter((goal) => goal.suite === suite),
      results,
    ),
  ].join("\n");
};

const introduction = `<!-- Made from bench/results/ by \`npm run bench -- SUITE --record\`: do not edit. -->

# Results

What \`npm run bench -- SUITE --check --record\` measured; [README.md](README.md) says what the suites are and how
exact their numbers are. × is the ratio to ours in the same run. Wall time is only to be compared within a run.
`;

/**
 * The page of all recorded suites.
 *
 * @param goals those of `goals.json`
 */
export const resultsPage = (records: readonly SuiteRecord[], goals: readonly Goal[]): string =>
  [introduction, ...records.map((record) => suiteSection(record, goals))].join("\n");
