/**
 * The power goes at every call of every operation: what was not fsynced is lost, torn, or there in
 * any mixture, and the next start must end well all the same. The simulation is tried itself: with
 * an fsync left out it must find that something breaks.
 */
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FileSystem } from "../../../host/file-system.ts";
import {
  type CrashScenario,
  type CrashWorld,
  crashScenarios,
} from "../../testkit/crash-scenarios.ts";
import { faultsAfter, shownRelease } from "../../testkit/crash-verdict.ts";
import { faultyFileSystem } from "../../testkit/faulty-file-system.ts";
import { afterPowerLoss, seededRandom, settled, survivals } from "../../testkit/power-loss.ts";

let world: CrashWorld;
beforeAll(async () => {
  world = await crashScenarios();
});
afterAll(() => world.remove());

const scenarioNamed = (name: string): CrashScenario => {
  const found = world.scenarios.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
};

/** A mixture is thrown anew so many times at each call; `VOUCHSAFE_ALL_CUTS=1` throws more. */
const mixtures = process.env["VOUCHSAFE_ALL_CUTS"] === "1" ? 20 : 2;
const outcomes = survivals.flatMap((survival) =>
  Array.from({ length: survival === "a mixture" ? mixtures : 1 }, () => survival),
);

type Breakage = (fs: FileSystem) => FileSystem;
const asItIs: Breakage = (fs) => fs;

/** What goes wrong, and how many outcomes were looked at. Stops at the first fault if asked to. */
async function losePower(scenario: CrashScenario, broken: Breakage, stopAtFirst = false) {
  const probe = faultyFileSystem(settled(scenario.before), 0, { kind: "death", when: "before" });
  await scenario.act(probe);
  const calls = probe.calls.length;
  const faults: string[] = [];
  let looked = 0;
  // The last one is no cut: the power goes just after the operation ended.
  for (let at = 1; at <= calls + 1; at += 1) {
    const disk = settled(scenario.before);
    const fs = faultyFileSystem(broken(disk), at, { kind: "death", when: "before" });
    await scenario.act(fs).catch(() => undefined);
    const { state } = scenario.context(fs);
    for (const [index, survival] of outcomes.entries()) {
      const found = afterPowerLoss(disk, survival, seededRandom(at * 1000 + index));
      const done = at > calls ? await acknowledged(scenario, found, state) : [];
      const wrong = [...done, ...(await faultsAfter(scenario, found))];
      looked += 1;
      const call = fs.calls[at - 1]?.replace(state, "…") ?? "the end";
      faults.push(
        ...wrong.map((fault) => `${survival}, power lost before ${at} ${call}: ${fault}`),
      );
      if (stopAtFirst && faults.length > 0) return { faults, looked, calls };
    }
  }
  return { faults, looked, calls };
}

/** What an ended operation reached is there whatever is lost. */
async function acknowledged(scenario: CrashScenario, fs: FileSystem, state: string) {
  const shown = await shownRelease(scenario, fs, state);
  const due = scenario.ends[0];
  return shown === due ? [] : [`the operation had ended, and current shows ${shown}`];
}

const names = [
  "a first install",
  "an update",
  "an update that is reverted",
  "a rollback",
  "a garbage collection",
] as const;

test.each(names)(
  "%s: wherever the power goes, the next start ends well",
  async (name) => {
    const { faults, looked, calls } = await losePower(scenarioNamed(name), asItIs);
    process.stdout.write(`${name}: power lost at ${calls + 1} points, ${looked} outcomes\n`);
    expect(faults).toEqual([]);
  },
  600_000,
);

test("a second power loss, during recovery, changes nothing", { timeout: 600_000 }, async () => {
  const scenario = scenarioNamed("an update");
  const random = seededRandom(42);
  const faults: string[] = [];
  for (let round = 0; round < 150; round += 1) {
    const disk = settled(scenario.before);
    const at = 1 + Math.floor(random() * 96);
    await scenario
      .act(faultyFileSystem(disk, at, { kind: "death", when: "before" }))
      .catch(() => undefined);
    const once = afterPowerLoss(disk, "a mixture", random);
    const again = 1 + Math.floor(random() * 100);
    await scenario
      .next(faultyFileSystem(once, again, { kind: "death", when: "before" }))
      .catch(() => undefined);
    const wrong = await faultsAfter(scenario, afterPowerLoss(once, "a mixture", random));
    faults.push(...wrong.map((fault) => `power lost before ${at}, then ${again}: ${fault}`));
  }
  expect(faults).toEqual([]);
});

describe("the simulation finds what a missing fsync breaks", () => {
  const without =
    (skipped: (dir: string) => boolean): Breakage =>
    (fs) => ({ ...fs, syncDir: async (dir) => (skipped(dir) ? undefined : fs.syncDir(dir)) });

  const breakages: readonly (readonly [string, Breakage])[] = [
    ["of any folder", without(() => true)],
    ["of the folder of generations", without((dir) => dir.endsWith("daily/generations"))],
    ["of the folder of current", without((dir) => dir.endsWith("databases/daily"))],
    ["of the journal's folder", without((dir) => dir.endsWith("engine/daily"))],
    ["of the folders in a generation", without((dir) => dir.includes("/.staging-"))],
    [
      "of any file",
      (fs) => ({
        ...fs,
        open: async (path, flags, mode) => ({
          ...(await fs.open(path, flags, mode)),
          sync: async () => undefined,
        }),
      }),
    ],
  ];

  test.each(breakages)("without the fsync %s", async (_, broken) => {
    const { faults } = await losePower(scenarioNamed("an update"), broken, true);
    expect(faults[0]).toBeDefined();
    process.stdout.write(`  found: ${faults[0]}\n`);
  });
});
