/** Plays the scenarios of this folder with the built programs. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mismatch, parseScenario } from "../testkit/scenario.ts";
import { scenarioWorld } from "../testkit/scenario-world.ts";

const folder = join(import.meta.dirname, "scenarios");
const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));

test.each(names)("%s", async (name) => {
  const steps = parseScenario(readFileSync(join(folder, name), "utf8"));
  expect(steps.length).toBeGreaterThan(0);
  const world = await scenarioWorld();
  try {
    for (const step of steps) expect(mismatch(step, await world.run(step.words))).toBeUndefined();
  } finally {
    await world.close();
  }
});
