/** Results as a table for people: medians, and the ratio to our own case. */
import type { CaseResult } from "./types.ts";

const heads = [
  "case",
  "wall ms",
  "×",
  "CPU ms",
  "peak MB",
  "×",
  "bytes received",
  "requests",
  "bytes written",
];

const ratio = (value: number, base: number | undefined): string =>
  base === undefined || base === 0 ? "–" : (value / base).toFixed(2);

const row = (result: CaseResult, base: CaseResult | undefined): readonly string[] => {
  const { name, median } = result;
  if (median === undefined) return [name, `skipped: ${result.missing ?? "no samples"}`];
  return [
    name,
    median.wallMs.toFixed(0),
    ratio(median.wallMs, base?.median?.wallMs),
    median.cpuMs.toFixed(0),
    (median.peakRssBytes / 1e6).toFixed(1),
    ratio(median.peakRssBytes, base?.median?.peakRssBytes),
    median.bytesReceived.toFixed(0),
    median.requests.toFixed(0),
    median.bytesWritten?.toFixed(0) ?? "–",
  ];
};

const align = (rows: readonly (readonly string[])[]): string => {
  const full = rows.filter((cells) => cells.length === heads.length);
  const widths = heads.map((_, column) =>
    Math.max(...full.map((cells) => cells[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((cells) => `  ${cells.map(pad).join("  ")}`.trimEnd()).join("\n");
};

/** Operations and megabytes for each second of wall time, of jobs that say what one works through. */
const rates = ({ name, bytes, median }: CaseResult): readonly string[] => {
  if (bytes === undefined || median === undefined) return [];
  const perSecond = 1000 / median.wallMs;
  const [operations, megabytes] = [perSecond, (perSecond * bytes) / 1e6];
  return [`  ${name}: ${operations.toFixed(2)} ops/s, ${megabytes.toFixed(2)} MB/s`];
};

/** Memory of processes that go on. */
const residence = ({ name, median }: CaseResult): readonly string[] => {
  const { privateBytes, pssBytes } = median ?? {};
  if (privateBytes === undefined || pssBytes === undefined) return [];
  const [alone, share] = [privateBytes, pssBytes].map((bytes) => (bytes / 1e6).toFixed(1));
  return [`  ${name}: ${alone} MB private, ${share} MB PSS`];
};

/** The results of one job. */
export const jobTable = (results: readonly CaseResult[]): string => {
  const [first] = results;
  if (first === undefined) return "";
  const rows = results.map((result) => row(result, first));
  return `${first.suite}: ${first.job} (median of ${first.samples.length})\n${[align([heads, ...rows]), ...results.flatMap(rates), ...results.flatMap(residence)].join("\n")}`;
};
