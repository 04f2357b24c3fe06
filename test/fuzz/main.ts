/**
 * npm run fuzz -- [NAME…] [--minutes N | --cases N] [--seed N] [--path P]
 * Runs properties long. Prints the seed, cases a second and peak memory of each; a counterexample
 * comes shrunk and with the command that repeats it.
 */
import { parseArgs } from "node:util";
import { newTally, tallyLines } from "./differential/run.ts";
import { propertiesOf } from "./properties.ts";
import type { FuzzProperty, FuzzRun } from "./property.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const numberOf = (text: string | undefined): number | undefined => {
  const value = text === undefined ? undefined : Number(text);
  if (value === undefined || Number.isFinite(value)) return value;
  throw new RangeError(`not a number: ${text}`);
};

async function runOne(property: FuzzProperty, options: FuzzRun): Promise<boolean> {
  const start = performance.now();
  const { cases, failure } = await property.run(options);
  const seconds = (performance.now() - start) / 1000;
  const peak = (process.resourceUsage().maxRSS / 1024).toFixed(0);
  const rate = (cases / seconds).toFixed(1);
  const word = failure === undefined ? "ok" : "BROKEN";
  say(
    `${property.name}: ${word}, ${cases} cases, ${rate}/s, peak ${peak} MB, seed ${options.seed}`,
  );
  if (failure === undefined) return true;
  say(`  law: ${property.law}`);
  say(`  counterexample: ${failure.counterexample}`);
  say(`  ${failure.message}`);
  const path = failure.path === "" ? "" : ` --path ${failure.path}`;
  say(`  repeat: npm run fuzz -- ${property.name} --seed ${options.seed}${path} --cases 1`);
  return false;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      minutes: { type: "string" },
      cases: { type: "string" },
      seed: { type: "string" },
      path: { type: "string" },
    },
  });
  const tally = newTally();
  const all = propertiesOf(tally);
  const unknown = positionals.find((name) => !all.some((property) => property.name === name));
  if (unknown !== undefined) {
    const names = all.map(({ name }) => name).join(", ");
    process.stderr.write(`fuzz: no property ${unknown}; there are: ${names}\n`);
    return 2;
  }
  const chosen = all.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const cases = numberOf(values.cases);
  const minutes = numberOf(values.minutes) ?? (cases === undefined ? 1 : undefined);
  const seed = numberOf(values.seed) ?? Math.floor(Math.random() * 2 ** 31);
  let good = true;
  for (const property of chosen) {
    good =
      (await runOne(property, {
        seed,
        ...(cases === undefined ? {} : { cases }),
        ...(minutes === undefined ? {} : { milliseconds: (minutes * 60_000) / chosen.length }),
        ...(values.path === undefined ? {} : { path: values.path }),
      })) && good;
    if (property.name === "differential") for (const line of tallyLines(tally)) say(`  ${line}`);
  }
  return good ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
