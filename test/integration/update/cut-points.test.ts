/**
 * Every operation is cut at every call: the process dies before and after each call that changes
 * the disk, and each call fails with every error that a disk knows. `npm test` takes a sample of
 * the errors, by a seed; `VOUCHSAFE_ALL_CUTS=1` takes all.
 */
import process from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crashPlatforms } from "../../testkit/crash-platforms.ts";
import {
  type CrashScenario,
  type CrashWorld,
  crashScenarios,
} from "../../testkit/crash-scenarios.ts";
import { faultsAfter } from "../../testkit/crash-verdict.ts";
import { type Cut, faultyFileSystem } from "../../testkit/faulty-file-system.ts";
import { seededRandom, settled } from "../../testkit/power-loss.ts";

const errnos = ["ENOSPC", "EIO", "EACCES", "EROFS", "EPERM", "EBUSY"] as const;
const deaths: readonly Cut[] = [
  { kind: "death", when: "before" },
  { kind: "death", when: "after" },
];
const errors: readonly Cut[] = [
  ...errnos.map((errno) => ({ kind: "error", errno }) as const),
  ...errnos.map((errno) => ({ kind: "lasting-error", errno }) as const),
];

const windows = ["windows with junctions", "windows without junctions"] as const;

/** One of so many error cuts is tried; on Windows' disks fewer, where each costs eleven attempts. */
const sampleOn = (system: System): number => {
  if (process.env["VOUCHSAFE_ALL_CUTS"] === "1") return 1;
  return system === "unix" ? 5 : 15;
};

type System = keyof typeof crashPlatforms;

const worlds = new Map<System, CrashWorld>();
beforeAll(async () => {
  worlds.set("unix", await crashScenarios(crashPlatforms.unix));
  for (const system of windows) worlds.set(system, await crashScenarios(crashPlatforms[system]));
});
afterAll(async () => {
  for (const world of worlds.values()) await world.remove();
});

type Counted = "changes" | "all";

async function callsOf(scenario: CrashScenario, counted: Counted): Promise<readonly string[]> {
  const probe = faultyFileSystem(
    scenario.platform.mount(settled(scenario.before)),
    0,
    { kind: "death", when: "after" },
    counted,
  );
  await scenario.act(probe);
  return probe.calls;
}

function codeOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  if (error instanceof Object && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return `something else: ${JSON.stringify(error)}`;
}

/** What goes wrong when that call is cut. */
async function faultsOf(
  scenario: CrashScenario,
  at: number,
  cut: Cut,
  counted: Counted,
): Promise<string[]> {
  const disk = settled(scenario.before);
  const fs = faultyFileSystem(scenario.platform.mount(disk), at, cut, counted);
  const outcome = await scenario.act(fs).catch((error: unknown) => ({ error }));
  const code = cut.kind === "death" ? undefined : codeOf(outcome.error);
  const strange = code === undefined || /^(disk|consumer|policy)\./.test(code) ? [] : [code];
  const faults = await faultsAfter(scenario, scenario.platform.mount(disk));
  const told = [...strange.map((what) => `the error is told as ${what}`), ...faults];
  const state = scenario.context(disk).state;
  const what = cut.kind === "death" ? `killed ${cut.when}` : `${cut.kind} ${cut.errno}`;
  return told.map((fault) => `${what} ${at} ${fs.calls[at - 1]?.replace(state, "…")}: ${fault}`);
}

const names = [
  "a first install",
  "an update",
  "an update that is reverted",
  "a rollback",
  "a garbage collection",
] as const;

const least: Readonly<Record<(typeof names)[number], number>> = {
  "a first install": 90,
  "an update": 90,
  "an update that is reverted": 100,
  "a rollback": 45,
  "a garbage collection": 20,
};

async function cutEverywhere(system: System, name: (typeof names)[number]): Promise<void> {
  const scenario = worlds.get(system)?.scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  const faults: string[] = [];
  const changes = (await callsOf(scenario, "changes")).length;
  for (let at = 1; at <= changes; at += 1) {
    for (const cut of deaths) faults.push(...(await faultsOf(scenario, at, cut, "changes")));
  }
  const calls = (await callsOf(scenario, "all")).length;
  const random = seededRandom(calls);
  const sample = sampleOn(system);
  let injected = 0;
  for (let at = 1; at <= calls; at += 1) {
    for (const cut of errors) {
      if (random() >= 1 / sample) continue;
      injected += 1;
      faults.push(...(await faultsOf(scenario, at, cut, "all")));
    }
  }
  process.stdout.write(
    `${system}, ${name}: ${changes} changing calls, cut before and after each; ` +
      `${injected} errors injected at ${calls} calls\n`,
  );
  expect(faults).toEqual([]);
  expect(changes).toBeGreaterThanOrEqual(least[name]);
}

test.each(names)(
  "%s, cut at every call: current is whole, the next run ends well, nothing is left over",
  (name) => cutEverywhere("unix", name),
  600_000,
);

test.each(windows.flatMap((system) => names.map((name) => [system, name] as const)))(
  "on %s, %s, cut at every call: the same",
  (system, name) => cutEverywhere(system, name),
  600_000,
);
