import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Consumer } from "../../../agent/consumer/consumer.ts";
import { noConsumer } from "../../../agent/consumer/none.ts";
import type { HistoryKind } from "../../../agent/store/history.ts";
import type { TrustClient } from "../../../agent/trust/types.ts";
import { readHistory } from "../../../agent/update/read-state.ts";
import { rollback } from "../../../agent/update/rollback.ts";
import { verifyDatabases } from "../../../agent/update/verify-databases.ts";
import { removeTree } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { copyTree } from "../../testkit/copy-tree.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { type Cut, faultyFileSystem } from "../../testkit/faulty-file-system.ts";
import { unsyncedFileSystem } from "../../testkit/unsynced-file-system.ts";

const releases = [
  { "same.txt": "same", "other.txt": "one" },
  { "same.txt": "same", "other.txt": "two" },
  { "same.txt": "same", "other.txt": "three", "sub/more.txt": "more" },
];

const badThird: Consumer = {
  ...noConsumer,
  confirm: async ({ version }) => {
    if (version === 3) throw new VouchsafeError("consumer.confirm-failed", "Release 3 is bad.");
  },
};

let engine: EngineFixture;
let trust: TrustClient;
const saved = () => `${engine.state}.saved`;

/** Two releases installed, a third one published: an update makes garbage as well. */
beforeAll(async () => {
  engine = await engineFixture();
  for (const files of releases) {
    await engine.publish(files);
    if (files !== releases[2]) await engine.updateDaily({ fs: unsyncedFileSystem });
  }
  trust = await engine.context().openTrust();
  await trust.refresh();
  const release = await trust.release("daily");
  trust = { refresh: async () => ({ changed: false }), release: async () => release };
  await copyTree(engine.state, saved());
});
afterAll(() => engine.remove());

async function restore(): Promise<void> {
  await removeTree(unsyncedFileSystem, engine.state);
  await copyTree(saved(), engine.state);
}

interface Scenario {
  readonly name: string;
  readonly act: (fs: FileSystem) => Promise<unknown>;
  readonly consumer: Consumer;
  /** What is current once the next run is over. */
  readonly end: string;
  /** What the history tells of release 3 by then, once. */
  readonly event: HistoryKind;
}

const scenarios: readonly Scenario[] = [
  {
    name: "an update",
    act: (fs) => engine.update({ fs, trust }),
    consumer: noConsumer,
    end: "three",
    event: "installed",
  },
  {
    name: "an update that is reverted",
    act: (fs) => engine.update({ fs, trust, consumer: badThird }),
    consumer: badThird,
    end: "two",
    event: "reverted",
  },
  {
    name: "a rollback",
    act: (fs) => rollback(engine.context({ fs }), "daily"),
    consumer: noConsumer,
    // Release 3 is there to be installed; a rollback quarantines release 2 only.
    end: "three",
    event: "installed",
  },
];

/** Each with the distance between two cut points: a death is tried at every one. */
const cuts: readonly (readonly [string, number, Cut])[] = [
  ["killed after the call", 1, { kind: "death", when: "after" }],
  ["the call fails with EIO", 5, { kind: "error", errno: "EIO" }],
  ["the disk is full from the call on", 5, { kind: "lasting-error", errno: "ENOSPC" }],
];

async function callsOf(scenario: Scenario): Promise<number> {
  await restore();
  const probe = faultyFileSystem(unsyncedFileSystem, 0, { kind: "death", when: "before" });
  await scenario.act(probe);
  return probe.calls.length;
}

/** What is wrong after a cut and after the next run; empty when all is well. */
async function faultsAfter(scenario: Scenario, at: number, cut: Cut): Promise<string[]> {
  await restore();
  const fs = faultyFileSystem(unsyncedFileSystem, at, cut);
  await scenario.act(fs).catch(() => undefined);
  const { consumer, end, event } = scenario;
  const clean = { fs: unsyncedFileSystem, trust, consumer };
  const verification = await verifyDatabases(engine.context(clean), [], { deep: false });
  const found = engine.read("other.txt");
  const next = await engine.update(clean);
  const after = engine.read("other.txt");
  const third = (await readHistory(engine.context(clean)))
    .filter(({ from, to }) => from?.version === 3 || to?.version === 3)
    .map(({ kind }) => kind);
  return [
    ...(third.join() === event ? [] : [`the history of release 3 is: ${third.join()}`]),
    ...(verification.result === "intact" ? [] : [`current is ${verification.result}`]),
    ...(found === undefined ? ["current leads nowhere"] : []),
    ...(next.error === undefined || next.error.class === "policy"
      ? []
      : next.error.code === "consumer.confirm-failed"
        ? []
        : [`the next run ends with ${next.error.code}: ${next.error.message}`]),
    ...(after === end ? [] : [`then current is "${after}"`]),
    ...engine.leftovers().map((path) => `left over: ${path}`),
  ].map((fault) => `${at} ${fs.calls[at - 1]?.replace(engine.state, "…")}: ${fault}`);
}

describe.each(scenarios)("$name, cut at calls that change the disk", (scenario) => {
  test.each(cuts)(
    "%s: current stays whole, the next run ends well, nothing is left over",
    async (_, stride, cut) => {
      const total = await callsOf(scenario);
      expect(total).toBeGreaterThan(20);
      const faults: string[] = [];
      for (let at = 1; at <= total; at += stride) {
        faults.push(...(await faultsAfter(scenario, at, cut)));
      }
      expect(faults).toEqual([]);
    },
    120_000,
  );
});
