/**
 * `kill -9` of the agent at moments spread over an update. The steps are timed once; then each is
 * cut at evenly spread moments of its own length, so that short steps are hit as well as long ones.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type AgentFixture, agentFixture } from "./agent-fixture.ts";
import { copyTree, filesOf } from "./exe-files.ts";
import type { AgentProgram } from "./exe-program.ts";

const steps = [
  "checking",
  "planning",
  "fetching",
  "assembling",
  "trial",
  "switching",
  "confirming",
  "committed",
] as const;
type Step = (typeof steps)[number];

/** How often each step is cut. */
export interface StepCuts {
  /** Moments that each step is cut at. */
  readonly cutsPerStep: number;
  /** So many of them must have hit it. */
  readonly leastPerStep: number;
  /** So many updates must have been killed in all. */
  readonly leastInAll: number;
}

/** A cut that fell into a neighbouring step is tried again, so often at most. */
const triesPerCut = 8;

const progress = z.object({ event: z.literal("progress"), step: z.enum(steps) });
const manyBytes = (seed: string) =>
  Array.from({ length: 20_000 }, (_line, index) => `${seed} ${index} ${index * 7919}\n`).join("");
const releases = [
  { "main.txt": manyBytes("one"), "same.txt": "the same in both\n", "sub/a.txt": "one" },
  {
    "main.txt": manyBytes("two"),
    "same.txt": "the same in both\n",
    "sub/a.txt": "two",
    "new.txt": "n",
  },
] as const;

const consumer = ({ moment }: AgentProgram["system"]): string =>
  [
    "  daily:",
    "    consumer:",
    "      type: command",
    `      trial: [${moment(0.05)}]`,
    `      reload: [${moment(0.02)}]`,
    `      confirm: [${moment(0.05)}]`,
  ].join("\n");

const sorted = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1));

/**
 * The test.
 *
 * @param program asked for when the tests begin
 */
export function killInStepsTests(program: () => AgentProgram, cuts: StepCuts): void {
  const { cutsPerStep, leastPerStep, leastInAll } = cuts;
  let fixture: AgentFixture;
  let installed: string;

  beforeAll(async () => {
    fixture = await agentFixture(program());
    fixture.configure("", consumer(fixture.program.system));
    fixture.publisher.release("daily", releases[0]);
    await fixture.publisher.publish();
    expect((await fixture.agent("update", "--now")).code).toBe(0);
    installed = join(fixture.dir, "installed");
    await copyTree(fixture.state, installed);
    fixture.publisher.release("daily", releases[1]);
    await fixture.publisher.publish();
    fixture.server.misbehave(/main\.txt/, { kind: "slow", bytes: 8192, pauseMs: 5 });
    // Without this the check is over before the news of its beginning has reached this process.
    fixture.server.misbehave(/timestamp\.json/, { kind: "slow", bytes: 64, pauseMs: 20 });
  });

  afterAll(() => fixture?.remove());

  const database = (): string => join(fixture.state, "databases/daily");

  /** Puts the endpoint back to where the first release is installed. */
  async function reset(): Promise<void> {
    await rm(fixture.state, { recursive: true });
    await copyTree(installed, fixture.state);
  }

  /** Updates; calls back at each new step. Returns the steps seen, in order. */
  async function update(onStep: (step: Step, kill: () => void) => void) {
    const running = fixture.start("update", "--now", "--events");
    const seen: Step[] = [];
    for await (const line of running.lines()) {
      const event = progress.safeParse(JSON.parse(line));
      if (!event.success || event.data.step === seen.at(-1)) continue;
      seen.push(event.data.step);
      onStep(event.data.step, running.kill);
    }
    return { seen, run: await running.ended };
  }

  /** Milliseconds that each step takes in an update that nobody disturbs. */
  async function measureSteps(): Promise<ReadonlyMap<Step, number>> {
    await reset();
    const starts: { step: Step; at: number }[] = [];
    const { run } = await update((step) => starts.push({ step, at: performance.now() }));
    expect(run.code).toBe(0);
    const end = performance.now();
    return new Map(starts.map(({ step, at }, i) => [step, (starts[i + 1]?.at ?? end) - at]));
  }

  /** Kills the agent so many milliseconds after a step began; tells in which step it died. */
  async function killIn(step: Step, afterMs: number): Promise<Step | undefined> {
    await reset();
    const { seen, run } = await update((now, kill) => {
      if (now !== step) return;
      if (afterMs < 1) kill();
      else void delay(afterMs).then(kill);
    });
    return run.code === null ? seen.at(-1) : undefined;
  }

  /** What `current` shows must be one of the two releases, whole. */
  async function expectWhole(): Promise<void> {
    for (const folder of await fixture.program.system.shownBy(database())) {
      const content = JSON.stringify(sorted(await filesOf(folder)));
      expect(releases.map((release) => JSON.stringify(sorted(release)))).toContain(content);
    }
  }

  async function expectHealed(): Promise<void> {
    const next = await fixture.agent("update", "--now", "--json");
    expect(next.code, next.stdout + next.stderr).toBe(0);
    for (const folder of await fixture.program.system.shownBy(database())) {
      expect(sorted(await filesOf(folder))).toEqual(sorted(releases[1]));
    }
    const left = (await readdir(join(database(), "generations"))).filter((name) =>
      name.startsWith("."),
    );
    expect(left).toEqual([]);
  }

  test("kill -9 at any moment of an update leaves a whole generation, and the next update heals", {
    timeout: 600_000,
  }, async () => {
    const lengths = await measureSteps();
    const fell = new Map<Step, number>(steps.map((step) => [step, 0]));
    for (const step of steps) {
      const length = lengths.get(step) ?? 0;
      for (let cut = 0; cut < cutsPerStep; cut += 1) {
        const afterMs = (length * cut) / cutsPerStep;
        for (let attempt = 0; attempt < triesPerCut; attempt += 1) {
          // Later attempts cut earlier: a machine under load overshoots.
          const died = await killIn(step, afterMs / (attempt + 1));
          await expectWhole();
          await expectHealed();
          if (died !== undefined) fell.set(died, (fell.get(died) ?? 0) + 1);
          if (died === step) break;
        }
      }
    }
    const total = [...fell.values()].reduce((sum, count) => sum + count, 0);
    process.stdout.write(
      `kill -9 in ${total} updates: ${JSON.stringify(Object.fromEntries(fell))}\n`,
    );
    expect(total).toBeGreaterThanOrEqual(leastInAll);
    for (const step of steps)
      expect([step, fell.get(step) ?? 0]).toSatisfy(([, n]) => n >= leastPerStep);
  });
}
