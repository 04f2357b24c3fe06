/**
 * npm run bench -- [SUITE…] [--check] [--record] [--json FILE]
 * Runs suites, prints medians and ratios, and with --check holds them against goals.json. With
 * --record they are kept in results/ and shown in RESULTS.md.
 */
import { writeFile } from "node:fs/promises";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readIdentity } from "../build/identity.ts";
import { judge, verdictLine } from "./goals.ts";
import { readGoals, record } from "./record.ts";
import { runJob } from "./run-job.ts";
import { openDelivery } from "./suites/delivery.ts";
import { openEngineSuite } from "./suites/engine.ts";
import { openNativeSuite } from "./suites/native.ts";
import { openPublisherSuite } from "./suites/publisher.ts";
import { openTrustSuite } from "./suites/trust.ts";
import { jobTable } from "./table.ts";
import type { CaseResult, OpenSuite, SuiteOptions } from "./types.ts";

const suites: Readonly<Record<string, OpenSuite>> = {
  engine: openEngineSuite,
  trust: openTrustSuite,
  native: openNativeSuite,
  "delivery-text": openDelivery("text"),
  "delivery-hashes": openDelivery("hashes"),
  "delivery-sqlite": openDelivery("sqlite"),
  "delivery-asn": openDelivery("asn"),
  "delivery-large": openDelivery("large"),
  publisher: openPublisherSuite,
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const machine = () => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryBytes: totalmem(),
  system: `${type()} ${release().split("-")[0]}`,
  node: process.version,
});

const runSuite = async (
  name: string,
  open: OpenSuite,
  options: SuiteOptions,
): Promise<readonly CaseResult[]> => {
  const suite = await open(options);
  const results: CaseResult[] = [];
  try {
    for (const job of suite.jobs) {
      const ofJob = await runJob(name, job);
      say(`${jobTable(ofJob)}\n`);
      results.push(...ofJob);
    }
  } finally {
    await suite.close();
  }
  return results;
};

/** Prints one line a goal of the suites that ran; whether all were reached. */
const checkGoals = async (
  ran: readonly string[],
  results: readonly CaseResult[],
): Promise<boolean> => {
  const goals = (await readGoals()).filter((goal) => ran.includes(goal.suite));
  const verdicts = goals.map((goal) => judge(goal, results));
  for (const verdict of verdicts) say(verdictLine(verdict));
  return verdicts.every((verdict) => verdict.ok);
};

const keep = async (suite: string, results: readonly CaseResult[]): Promise<void> => {
  const date = new Date().toISOString().slice(0, 10);
  const { commit } = await readIdentity(join(import.meta.dirname, ".."));
  await record({ format: 1, suite, date, commit, machine: machine(), results });
};

const main = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      check: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const names = positionals.length === 0 ? Object.keys(suites) : positionals;
  const results: CaseResult[] = [];
  for (const name of names) {
    const open = Object.hasOwn(suites, name) ? suites[name] : undefined;
    if (open === undefined) {
      process.stderr.write(
        `bench: no suite ${name}; there are: ${Object.keys(suites).join(", ")}\n`,
      );
      return 2;
    }
    const ofSuite = await runSuite(name, open, { check: values.check });
    results.push(...ofSuite);
    if (values.record) await keep(name, ofSuite);
  }
  if (values.json !== undefined) {
    const document = { format: 1, machine: machine(), results };
    await writeFile(values.json, `${JSON.stringify(document, null, 2)}\n`);
  }
  return !values.check || (await checkGoals(names, results)) ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));
