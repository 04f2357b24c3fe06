/**
 * `kill -9` of the agent at random moments, spread over the measured length of an update, on two
 * endpoints side by side. Nothing is put back between two kills: each run has to recover from the
 * one before.
 */
import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { type AgentFixture, agentFixture } from "./agent-fixture.ts";
import { filesOf } from "./exe-files.ts";
import type { AgentProgram, RunningAgent } from "./exe-program.ts";
import { seededRandom } from "./power-loss.ts";

const endpoints = 2;
/** So often a run is left alone and everything is looked at. */
const healEvery = 10;

const consumer = ({ moment }: AgentProgram["system"]): string =>
  [
    "  daily:",
    "    consumer:",
    "      type: command",
    `      trial: [${moment(0.02)}]`,
    `      reload: [${moment(0)}]`,
    `      confirm: [${moment(0.02)}]`,
  ].join("\n");

const progress = z.object({ event: z.literal("progress"), step: z.string() });
const historyLine = z.object({ kind: z.string(), to: z.object({ version: z.number() }) });

type Files = Readonly<Record<string, string>>;

interface Endpoint {
  readonly fixture: AgentFixture;
  /** Files of each release that was published, by version. */
  readonly released: Map<number, Files>;
  newest: number;
}

async function publish(endpoint: Endpoint): Promise<void> {
  const { fixture, released } = endpoint;
  endpoint.newest += 1;
  const files: Record<string, string> = {
    "main.txt": randomBytes(40_000).toString("hex"),
    "same.txt": "the same in all\n",
    "sub/a.txt": `release ${endpoint.newest}\n`,
  };
  if (endpoint.newest % 2 === 0) files["sub/sometimes.txt"] = "there\n";
  fixture.publisher.release("daily", files);
  await fixture.publisher.publish();
  released.set(endpoint.newest, files);
}

async function makeEndpoint(program: AgentProgram): Promise<Endpoint> {
  const fixture = await agentFixture(program);
  fixture.configure("", consumer(program.system));
  fixture.server.misbehave(/main\.txt/, { kind: "slow", bytes: 16_384, pauseMs: 5 });
  const endpoint: Endpoint = { fixture, released: new Map(), newest: 1 };
  await publish(endpoint); // release 1 is the fixture's own
  expect((await fixture.agent("update", "--now")).code).toBe(0);
  return endpoint;
}

/** The version that a folder shows; throws if that is not a whole release. */
async function versionIn(released: Endpoint["released"], folder: string): Promise<number> {
  const files = await filesOf(folder);
  const [, number] =
    /^(\d+)-/.exec(basename(folder)) ?? /^release (\d+)$/m.exec(files["sub/a.txt"] ?? "") ?? [];
  const version = Number(number);
  const due = released.get(version) ?? {};
  expect(Object.keys(files).toSorted(), folder).toEqual(Object.keys(due).toSorted());
  for (const [path, text] of Object.entries(files)) {
    expect([folder, path, text === due[path]]).toEqual([folder, path, true]);
  }
  return version;
}

/** The version that `current` shows, whichever way a reader goes; throws if it is not whole. */
async function wholeVersion({ fixture, released }: Endpoint): Promise<number> {
  const shown = await fixture.program.system.shownBy(join(fixture.state, "databases/daily"));
  const versions = await Promise.all(shown.map((folder) => versionIn(released, folder)));
  return versions[0] ?? 0;
}

async function expectHealed(endpoint: Endpoint): Promise<void> {
  const { fixture } = endpoint;
  const next = await fixture.agent("update", "--now", "--json");
  expect(next.code, next.stdout + next.stderr).toBe(0);
  expect(await wholeVersion(endpoint)).toBe(endpoint.newest);
  const [database, engine] = ["databases/daily", "engine/daily"].map((path) =>
    join(fixture.state, path),
  );
  expect((await readdir(engine ?? "")).toSorted()).toEqual(["generations", "record.json"]);
  const { besideCurrent } = fixture.program.system;
  const beside = (await readdir(database ?? "")).filter((name) => !besideCurrent.includes(name));
  expect(beside.toSorted()).toEqual(["current", "current.json", "generations"]);
  const generations = await readdir(join(database ?? "", "generations"));
  expect(generations.length, generations.join()).toBe(2);
}

/** How an update goes that nobody disturbs, in milliseconds. */
interface Lengths {
  /** From the start of the process to its first word. */
  readonly starting: number;
  /** From there to its end. */
  readonly working: number;
}

/** A moment: in one of ten while the process starts, else while it works. */
function randomMoment(random: () => number, { starting, working }: Lengths) {
  const from = random() < 0.1 ? "start" : "first word";
  return { from, afterMs: random() * (from === "start" ? starting : working) } as const;
}

/** Resolves with the first line that a process prints, or with its end. */
async function firstWord(running: RunningAgent): Promise<void> {
  for await (const _ of running.lines()) return;
}

/** Kills one update at a moment; the step it died in, if it did. */
async function killAt(
  { fixture }: Endpoint,
  { from, afterMs }: ReturnType<typeof randomMoment>,
): Promise<string | undefined> {
  const running = fixture.start("update", "--now", "--events");
  const timer = new AbortController();
  const wait = (): void =>
    void delay(afterMs, undefined, { signal: timer.signal })
      .then(running.kill)
      .catch(() => undefined);
  if (from === "start") wait();
  else void firstWord(running).then(wait);
  const { code, stdout } = await running.ended;
  timer.abort();
  if (code !== null) return undefined;
  const events = stdout.split("\n").slice(0, -1);
  const steps = events.map((line) => progress.safeParse(JSON.parse(line)).data?.step);
  return steps.findLast((step) => step !== undefined) ?? "starting";
}

const middle = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function measureUpdate(endpoint: Endpoint): Promise<Lengths> {
  const starting: number[] = [];
  const working: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    await publish(endpoint);
    const start = performance.now();
    const running = endpoint.fixture.start("update", "--now", "--events");
    await firstWord(running);
    const spoke = performance.now();
    expect((await running.ended).code).toBe(0);
    starting.push(spoke - start);
    working.push(performance.now() - spoke);
  }
  return { starting: middle(starting), working: middle(working) };
}

/** Every release came into the history once, and nothing else did. */
async function expectHistory({ fixture, newest }: Endpoint): Promise<void> {
  const text = await readFile(join(fixture.state, "history.ndjson"), "utf8");
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => historyLine.parse(JSON.parse(line)));
  const versions = Array.from({ length: newest - 1 }, (_, index) => index + 2);
  expect(lines).toEqual(versions.map((version) => ({ kind: "installed", to: { version } })));
  const verified = await fixture.agent("history", "--verify");
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
}

/** How often the agent is killed, and on which program. */
interface Kills {
  readonly program: AgentProgram;
  readonly count: number;
  /** How often each step was hit. */
  readonly fell: Map<string, number>;
}

async function killMany(seed: number, { program, count, fell }: Kills): Promise<void> {
  const endpoint = await makeEndpoint(program);
  try {
    const random = seededRandom(seed);
    const lengths = await measureUpdate(endpoint);
    let killed = 0;
    for (let round = 0; killed < count; round += 1) {
      expect(round, "runs, of which too many ended before they were killed").toBeLessThan(
        2 * count,
      );
      if ((await wholeVersion(endpoint)) === endpoint.newest) await publish(endpoint);
      const step = await killAt(endpoint, randomMoment(random, lengths));
      if (step !== undefined) {
        killed += 1;
        fell.set(step, (fell.get(step) ?? 0) + 1);
      }
      await wholeVersion(endpoint);
      if (round % healEvery === healEvery - 1) await expectHealed(endpoint);
    }
    await expectHealed(endpoint);
    await expectHistory(endpoint);
  } finally {
    await endpoint.fixture.remove();
  }
}

/**
 * The test.
 *
 * @param program asked for when the test begins
 * @param kills how often the agent is killed in all
 */
export function killAtRandomTests(program: () => AgentProgram, kills: number): void {
  test(`kill -9 at ${kills} random moments: current is whole after each`, {
    timeout: 1_800_000,
  }, async () => {
    const fell = new Map<string, number>();
    const count = Math.ceil(kills / endpoints);
    const seeds = Array.from({ length: endpoints }, (_, index) => index + 1);
    const start = performance.now();
    await Promise.all(seeds.map((seed) => killMany(seed, { program: program(), count, fell })));
    const seconds = Math.round((performance.now() - start) / 1000);
    const total = [...fell.values()].reduce((sum, hits) => sum + hits, 0);
    process.stdout.write(
      `kill -9 at ${total} random moments in ${seconds} s: ${JSON.stringify(Object.fromEntries(fell))}\n`,
    );
    expect(total).toBeGreaterThanOrEqual(kills);
    expect(fell.size, "steps that were hit").toBeGreaterThanOrEqual(Math.min(5, kills / 10));
  });
}
