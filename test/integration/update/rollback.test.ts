import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { readHistory } from "../../../agent/update/read-history.ts";
import { readState } from "../../../agent/update/read-state.ts";
import { rollback } from "../../../agent/update/rollback.ts";
import { runUpdate } from "../../../agent/update/run-update.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { scripted } from "../../testkit/scripted-consumer.ts";

let engine: EngineFixture;

beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish({ "main.txt": "one" });
});
afterEach(() => engine.remove());

async function installFirst(): Promise<void> {
  expect((await engine.updateDaily()).result).toBe("updated");
  await engine.publish({ "main.txt": "two" });
}

describe("rollback", () => {
  beforeEach(async () => {
    await installFirst();
    await engine.updateDaily();
  });

  test("goes to the previous generation, and the release that is left is quarantined", async () => {
    const { consumer, asked } = scripted({});
    const outcome = await rollback(engine.context({ consumer }), "daily");
    expect(outcome.databases[0]).toMatchObject({
      result: "updated",
      from: { version: 2 },
      to: { version: 1 },
    });
    expect(exitCodeOfOutcome(outcome)).toBe(0);
    expect(asked).toEqual(["reload 1", "confirm 1"]);
    expect(engine.read("main.txt")).toBe("one");
    expect((await engine.update()).error?.code).toBe("policy.quarantined");
    await engine.publish({ "main.txt": "three" });
    expect((await engine.update()).result).toBe("updated");
    expect((await readHistory(engine.context())).map(({ kind }) => kind)).toEqual([
      "installed",
      "installed",
      "rolled-back",
      "installed",
    ]);
  });

  test("goes forward again to a named release", async () => {
    await rollback(engine.context(), "daily");
    await rollback(engine.context(), "daily", { to: "2" });
    expect(engine.read("main.txt")).toBe("two");
    expect((await engine.update()).result).toBe("current");
  });

  test("finds nothing further back than the disk holds", async () => {
    await rollback(engine.context(), "daily");
    await expect(rollback(engine.context(), "daily")).rejects.toMatchObject({
      code: "state.missing",
    });
    await expect(rollback(engine.context(), "daily", { to: "9" })).rejects.toMatchObject({
      code: "state.missing",
    });
    expect(engine.read("main.txt")).toBe("one");
  });

  test("hashes the generation first: a damaged one is refused and nothing moves", async () => {
    const { chmodSync, writeFileSync } = await import("node:fs");
    const [first = ""] = engine.generations();
    const file = join(engine.state, "databases/daily/generations", first, "main.txt");
    chmodSync(file, 0o644);
    writeFileSync(file, "ONE");
    await expect(rollback(engine.context(), "daily")).rejects.toMatchObject({
      code: "trust.tampered",
    });
    expect(engine.read("main.txt")).toBe("two");
    expect(engine.leftovers()).toEqual([]);
  });

  test("keeps what it left from for the way back, before newer generations", async () => {
    await engine.publish({ "main.txt": "three" });
    await engine.updateDaily({ keep: 3 });
    await rollback(engine.context({ keep: 3 }), "daily", { to: "1" });
    await engine.publish({ "main.txt": "four" });
    await engine.updateDaily();
    expect(engine.generations().map((name) => name.split("-")[0])).toEqual(["1", "4"]);
    await rollback(engine.context(), "daily");
    expect(engine.read("main.txt")).toBe("one");
  });

  test("is taken back when the consumer does not load the old release", async () => {
    const { consumer } = scripted({ "confirm 1": "consumer.confirm-failed" });
    const outcome = await rollback(engine.context({ consumer }), "daily");
    expect(outcome.result).toBe("reverted");
    expect(engine.read("main.txt")).toBe("two");
    expect(engine.generations()).toHaveLength(2);
    expect((await readState(engine.context())).databases[0]?.quarantine).toEqual([]);
  });
});

describe("a release that the vendor stopped", () => {
  /** A check that learns of a stop of these versions. */
  async function checkWithHalted(haltedVersions: readonly number[]): Promise<void> {
    const context = engine.context({ keep: 3 });
    const openTrust: typeof context.openTrust = async () => {
      const trust = await context.openTrust();
      const release: typeof trust.release = async (name) => ({
        ...(await trust.release(name)),
        haltedVersions,
      });
      return { ...trust, release };
    };
    await runUpdate({ ...context, openTrust }, { now: true, force: false, planOnly: false });
  }
  const back = (to?: string) =>
    rollback(engine.context({ keep: 3 }), "daily", to === undefined ? {} : { to });

  beforeEach(async () => {
    await installFirst();
    await engine.updateDaily({ keep: 3 });
    await engine.publish({ "main.txt": "three" });
    await engine.updateDaily({ keep: 3 });
  });

  test("is passed over on the way back, though it was current before", async () => {
    await checkWithHalted([2]);
    await back();
    expect(engine.read("main.txt")).toBe("one");
  });

  test("is no way back when it is named either: nothing moves", async () => {
    await checkWithHalted([2]);
    await expect(back("2")).rejects.toMatchObject({ code: "policy.halted" });
    expect(engine.read("main.txt")).toBe("three");
  });

  test("is a way back again once the stop is lifted", async () => {
    await checkWithHalted([1, 2]);
    await expect(back()).rejects.toMatchObject({ code: "state.missing" });
    await checkWithHalted([]);
    await back();
    expect(engine.read("main.txt")).toBe("two");
  });
});
