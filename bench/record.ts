/** Keeping results: one file a suite in `results/`, and the page made of all of them. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Goal, goalsSchema } from "./goals.ts";
import { recordSchema, resultsPage, type SuiteRecord } from "./results-page.ts";

const folder = join(import.meta.dirname, "results");

/** Where the page lies. */
export const pagePath = join(import.meta.dirname, "RESULTS.md");

/** The goals of `goals.json`. */
export const readGoals = async (): Promise<readonly Goal[]> => {
  const text = await readFile(join(import.meta.dirname, "goals.json"), "utf8");
  return goalsSchema.parse(JSON.parse(text));
};

/** The page as the recorded results make it. */
export const makePage = async (): Promise<string> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const records = texts.map((text) => recordSchema.parse(JSON.parse(text)));
  return resultsPage(records, await readGoals());
};

/** Keeps a run of a suite in place of the one before, and makes the page anew. */
export const record = async (suite: SuiteRecord): Promise<void> => {
  await writeFile(join(folder, `${suite.suite}.json`), `${JSON.stringify(suite, null, 1)}\n`);
  await writeFile(pagePath, await makePage());
};
