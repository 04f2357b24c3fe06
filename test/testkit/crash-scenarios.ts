/**
 * Operations of the engine on a simulated disk, each from a state that is saved once: what is
 * interrupted in the tests of cut points and of lost writes.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Consumer } from "../../agent/consumer/consumer.ts";
import { noConsumer } from "../../agent/consumer/none.ts";
import type { HistoryKind } from "../../agent/store/history.ts";
import type { TrustClient } from "../../agent/trust/types.ts";
import { readHistory } from "../../agent/update/read-history.ts";
import { rollback } from "../../agent/update/rollback.ts";
import type { UpdateContext, UpdateOutcome } from "../../agent/update/types.ts";
import { makeDirDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type CrashPlatform, crashPlatforms } from "./crash-platforms.ts";
import { type EngineFixture, type EngineOptions, engineFixture } from "./engine-fixture.ts";
import { settled } from "./power-loss.ts";
import { type SimulatedDisk, simulatedDisk } from "./simulated-disk.ts";

/** The files of each release; release 1 comes first. */
export const releases: readonly Readonly<Record<string, string>>[] = [
  { "same.txt": "same", "other.txt": "one" },
  { "same.txt": "same", "other.txt": "two" },
  { "same.txt": "same", "other.txt": "three", "sub/more.txt": "more" },
  { "same.txt": "same", "other.txt": "four", "sub/more.txt": "more" },
];

/** An operation to be interrupted. */
export interface CrashScenario {
  readonly name: string;
  readonly platform: CrashPlatform;
  /** The disk before it; not to be changed. */
  readonly before: SimulatedDisk;
  readonly keep: number;
  /** Whether `current` may be missing when it is interrupted. */
  readonly mayBeAbsent: boolean;
  readonly context: (fs: FileSystem) => UpdateContext;
  readonly act: (fs: FileSystem) => Promise<UpdateOutcome>;
  /** The run after the interruption. */
  readonly next: (fs: FileSystem) => Promise<UpdateOutcome>;
  /** Release that is current when all is over: always that one, or, of two, the one found then. */
  readonly ends: readonly number[];
  /** What the history has gained by then, for the release that is current. */
  readonly events: Readonly<Record<number, readonly HistoryKind[]>>;
  /** Events before. */
  readonly eventsBefore: number;
}

const badThird: Consumer = {
  ...noConsumer,
  confirm: async ({ version }) => {
    if (version === 3) throw new VouchsafeError("consumer.confirm-failed", "Release 3 is bad.");
  },
};

interface Saved {
  readonly disk: SimulatedDisk;
  readonly trust: TrustClient;
  readonly events: number;
}

/** The scenarios, and the removal of what they need outside of the simulation. */
export interface CrashWorld {
  readonly scenarios: readonly CrashScenario[];
  remove(): Promise<void>;
}

/** Makes the scenarios, each of them in the state before. */
export async function crashScenarios(
  platform: CrashPlatform = crashPlatforms.unix,
): Promise<CrashWorld> {
  const engine = await engineFixture("vouchsafe-crash-");
  mkdirSync(engine.state, { recursive: true, mode: 0o755 }); // the lock is taken on the real disk
  const offers: TrustClient[] = [];
  for (const files of releases) {
    await engine.publish(files);
    offers.push(await offerOf(engine));
  }
  const offer = (version: number): TrustClient => {
    const trust = offers[version - 1];
    if (trust === undefined) throw new Error(`no release ${version}`);
    return trust;
  };

  async function saved(installed: number, keep: number, offered: number): Promise<Saved> {
    const disk = simulatedDisk();
    const on = platform.agent(platform.mount(disk));
    await makeDirDurable(disk, engine.state, 0o755);
    for (let version = 1; version <= installed; version += 1) {
      const { result } = await engine.update({ ...on, keep, trust: offer(version) });
      if (result !== "updated") throw new Error(`release ${version}: ${result}`);
    }
    const events = (await readHistory(engine.context(on))).length;
    return { disk: settled(disk), trust: offer(offered), events };
  }

  function scenario(
    name: string,
    { disk, trust, events: eventsBefore }: Saved,
    over: Pick<CrashScenario, "events"> & {
      readonly keep?: number;
      readonly consumer?: Consumer;
      readonly act?: (context: UpdateContext) => Promise<UpdateOutcome>;
    },
  ): CrashScenario {
    const { keep = 2, consumer = noConsumer, act, events } = over;
    const options = (fs: FileSystem): EngineOptions => ({
      ...platform.agent(fs),
      keep,
      consumer,
      trust,
    });
    const context = (fs: FileSystem) => engine.context(options(fs));
    return {
      name,
      platform,
      before: disk,
      keep,
      mayBeAbsent: eventsBefore === 0,
      context,
      act: (fs) => (act === undefined ? engine.update(options(fs)) : act(context(fs))),
      next: (fs) => engine.update(options(fs)),
      ends: Object.keys(events).map(Number),
      events,
      eventsBefore,
    };
  }

  const two = await saved(2, 2, 3);
  return {
    remove: () => engine.remove(),
    scenarios: [
      scenario("a first install", await saved(0, 2, 1), { events: { 1: ["installed"] } }),
      scenario("an update", two, { events: { 3: ["installed"] } }),
      scenario("an update that is reverted", two, {
        consumer: badThird,
        events: { 2: ["reverted"] },
      }),
      scenario("a rollback", await saved(2, 2, 2), {
        act: (context) => rollback(context, "daily"),
        events: { 1: ["rolled-back"], 2: [] },
      }),
      scenario("a garbage collection", await saved(4, 4, 4), { events: { 4: [] } }),
    ],
  };
}

async function offerOf(engine: EngineFixture): Promise<TrustClient> {
  const fs = simulatedDisk();
  await makeDirDurable(fs, join(engine.state, "databases"), 0o755);
  const trust = await engine.context({ fs }).openTrust();
  await trust.refresh();
  const release = await trust.release("daily");
  return { ...trust, refresh: async () => ({ changed: false }), release: async () => release };
}
