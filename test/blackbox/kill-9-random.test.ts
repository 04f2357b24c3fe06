/**
 * `kill -9` of the agent at 500 random moments, spread over the measured length of an update, on
 * two endpoints side by side. Nothing is put back between two kills: each run has to recover from
 * the one before. `VOUCHSAFE_KILLS` makes it more or fewer.
 */
import { randomBytes } from "node:crypto";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { type AgentFixture, agentFixture, executable } from "../testkit/agent-fixture.ts";
import { seededRandom } from "../testkit/power-loss.ts";

const kills = Number(process.env["VOUCHSAFE_KILLS"] ?? 500);
const endpoints = 2;
/** So often a run is left alone and everything is looked at. */
const healEvery = 10;

const consumer = [
  "  daily:",
  "    consumer:",
  "      type: command",
  "      trial: [/bin/sleep, '0.02']",
  "      reload: [/bin/true]",
  "      confirm: [/bin/sleep, '0.02']",
].join("\n");

const progress = z.object({ event: z.literal("progress"), step: z.string() });
const historyLine = z.object({ kind: z.string(), to: z.object({ version: z.number() }) });

type Files = ReadonlyMap<string, string>;

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
  released.set(endpoint.newest, new Map(Object.entries(files)));
}

async function makeEndpoint(): Promise<Endpoint> {
  const fixture = await agentFixture(executable);
  fixture.configure("", consumer);
  fixture.server.misbehave(/main\.txt/, { kind: "slow", bytes: 16_384, pauseMs: 5 });
  const endpoint: Endpoint = { fixture, released: new Map(), newest: 1 };
  await publish(endpoint); // release 1 is the fixture's own
  expect((await fixture.agent("update", "--now")).code).toBe(0);
  return endpoint;
}

/** The version that `current` shows; throws if that is not a whole release. */
async function wholeVersion({ fixture, released }: Endpoint): Promise<number> {
  const database = join(fixture.state, "databases/daily");
  const target = await readlink(join(database, "current"));
  const version = Number(/^generations\/(\d+)-/.exec(target)?.[1]);
  const folder = join(database, target);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  const due = released.get(version);
  expect(paths.toSorted(), target).toEqual([...(due?.keys() ?? [])].toSorted());
  for (const path of paths) {
    const same = (await readFile(join(folder, path), "utf8")) === due?.get(path);
    expect([target, path, same]).toEqual([target, path, true]);
  }
  return version;
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
  expect((await readdir(database ?? "")).toSorted()).toEqual([
    "current",
    "current.json",
    "generations",
  ]);
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

/** Kills one update at a moment; the step it died in, if it did. */
async function killAt(
  { fixture }: Endpoint,
  { from, afterMs }: ReturnType<typeof randomMoment>,
): Promise<string | undefined> {
  const { child, ended } = fixture.start("update", "--now", "--events");
  const timer = new AbortController();
  const wait = (): void =>
    void delay(afterMs, undefined, { signal: timer.signal })
      .then(() => child.kill("SIGKILL"))
      .catch(() => undefined);
  if (from === "start") wait();
  else child.stdout?.once("data", wait);
  const { code, stdout } = await ended;
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
    let firstWord = start;
    const { child, ended } = endpoint.fixture.start("update", "--now", "--events");
    child.stdout?.once("data", () => {
      firstWord = performance.now();
    });
    expect((await ended).code).toBe(0);
    starting.push(firstWord - start);
    working.push(performance.now() - firstWord);
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

async function killMany(seed: number, count: number, fell: Map<string, number>): Promise<void> {
  const endpoint = await makeEndpoint();
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

test(`kill -9 at ${kills} random moments: current is whole after each`, {
  timeout: 1_800_000,
}, async () => {
  const fell = new Map<string, number>();
  const share = Math.ceil(kills / endpoints);
  const seeds = Array.from({ length: endpoints }, (_, index) => index + 1);
  const start = performance.now();
  await Promise.all(seeds.map((seed) => killMany(seed, share, fell)));
  const seconds = Math.round((performance.now() - start) / 1000);
  const total = [...fell.values()].reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `kill -9 at ${total} random moments in ${seconds} s: ${JSON.stringify(Object.fromEntries(fell))}\n`,
  );
  expect(total).toBeGreaterThanOrEqual(kills);
  expect(fell.size, "steps that were hit").toBeGreaterThanOrEqual(Math.min(5, kills / 10));
});
