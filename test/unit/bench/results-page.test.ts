import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Goal } from "../../../bench/goals.ts";
import { makePage, pagePath } from "../../../bench/record.ts";
import { resultsPage, type SuiteRecord } from "../../../bench/results-page.ts";

const sample = { wallMs: 100, cpuMs: 50, peakRssBytes: 80e6, bytesReceived: 1234, requests: 1 };
const slower = { ...sample, wallMs: 250, peakRssBytes: 20e6, bytesWritten: 5678 };
const common = { suite: "delivery", job: "update" };

const record: SuiteRecord = {
  format: 1,
  suite: "delivery",
  date: "2026-01-02",
  commit: "0123456789abcdef0123456789abcdef01234567-dirty",
  machine: { cpu: "A CPU", cores: 2, memoryBytes: 16e9, system: "Linux 6.1", node: "v24.0.0" },
  results: [
    { ...common, name: "ours", peer: false, samples: [sample, sample], median: sample },
    { ...common, name: "theirs", peer: true, samples: [slower], median: slower },
    { ...common, name: "absent", peer: true, samples: [], missing: "zsync is not installed" },
  ],
};

const goal = (quote: string, metric: Goal["metric"], max: number): Goal => ({
  name: quote,
  quote,
  suite: "delivery",
  job: "update",
  case: "ours",
  metric,
  limit: { max },
});

describe("the page of results", () => {
  const page = resultsPage(
    [record],
    [goal("soon", "wallMs", 200), goal("small", "peakRssBytes", 1e6)],
  );

  test("says when, what and on which machine was measured", () => {
    expect(page).toContain("2026-01-02, commit 0123456789ab, changed, Node.js v24.0.0");
    expect(page).toContain("A CPU, 2 cores, 16 GB, Linux 6.1.");
  });

  test("shows each case with its ratio to ours", () => {
    expect(page).toContain("### update (median of 2)");
    expect(page).toContain("| ours | 100 | 1.00 | 50 | 1.00 | 80.0 | 1.00 | 1,234 | 1 | – |");
    expect(page).toContain("| theirs | 250 | 2.50 | 50 | 1.00 | 20.0 | 0.25 | 1,234 | 1 | 5,678 |");
  });

  test("says why a peer is not there", () => {
    expect(page).toContain("| absent | skipped: zsync is not installed |");
  });

  test("says of each goal whether it was reached", () => {
    expect(page).toContain("| soon | ≤ 200 ms | 100 ms | yes |");
    expect(page).toContain("| small | ≤ 1.0 MB | 80.0 MB | **missed** |");
  });

  test("in the repository is what the recorded results make", async () => {
    expect(readFileSync(pagePath, "utf8")).toBe(await makePage());
  });
});
