/** The scenarios of test/blackbox/scenarios as tests of a program. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { AgentProgram } from "./exe-program.ts";
import { mismatch, parseScenario } from "./scenario.ts";
import { scenarioWorld } from "./scenario-world.ts";

const folder = join(import.meta.dirname, "../blackbox/scenarios");

/** The names of all scenarios. */
export const scenarioNames: readonly string[] = readdirSync(folder).filter((name) =>
  name.endsWith(".txt"),
);

/**
 * Plays scenarios.
 *
 * @param program asked for when a scenario begins
 */
export function scenarioTests(program: () => AgentProgram, names: readonly string[]): void {
  test.each(names)("%s", async (name) => {
    const world = await scenarioWorld(program());
    try {
      const steps = parseScenario(world.named(readFileSync(join(folder, name), "utf8")));
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps) expect(mismatch(step, await world.run(step.words))).toBeUndefined();
    } finally {
      await world.close();
    }
  });
}
