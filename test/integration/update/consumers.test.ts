import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Consumer, Subject } from "../../../agent/consumer/consumer.ts";
import { noConsumer } from "../../../agent/consumer/none.ts";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { readHistory, readState } from "../../../agent/update/read-state.ts";
import { rollback } from "../../../agent/update/rollback.ts";
import { recover } from "../../../agent/update/run-update.ts";
import type { ErrorCode } from "../../../protocol/error-codes.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";

/** A consumer that answers as it is told, by question and version, and remembers the questions. */
function scripted(answers: Readonly<Record<string, ErrorCode>>) {
  const asked: string[] = [];
  const paths: string[] = [];
  const ask =
    (what: string) =>
    async ({ version, path }: Subject): Promise<void> => {
      asked.push(`${what} ${version}`);
      paths.push(path);
      const code = answers[`${what} ${version}`] ?? answers[what];
      if (code !== undefined) throw new VouchsafeError(code, `${what} ${version} says no.`);
    };
  const consumer: Consumer = {
    trial: ask("trial"),
    reload: ask("reload"),
    confirm: ask("confirm"),
  };
  return { consumer, asked, paths };
}

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

test("the consumer tries the staged generation, then reloads, then confirms", async () => {
  const { consumer, asked, paths } = scripted({});
  await engine.updateDaily({ consumer });
  expect(asked).toEqual(["trial 1", "reload 1", "confirm 1"]);
  const generations = join(engine.state, "databases/daily/generations");
  expect(paths[0]).toBe(join(generations, `.staging-${engine.current()}`));
  expect(paths[2]).toBe(join(generations, engine.current() ?? ""));
});

describe("a trial that refuses", () => {
  test("keeps the old generation and quarantines the release until a newer one", async () => {
    await installFirst();
    const { consumer, asked } = scripted({ "trial 2": "consumer.trial-failed" });
    const outcome = await engine.update({ consumer });
    expect(outcome).toMatchObject({ result: "refused", error: { code: "consumer.trial-failed" } });
    expect(exitCodeOfOutcome(outcome)).toBe(6);
    expect(engine.read("main.txt")).toBe("one");
    expect(engine.leftovers()).toEqual([]);

    const again = await engine.update({ consumer });
    expect(again).toMatchObject({ result: "held", error: { code: "policy.quarantined" } });
    expect(exitCodeOfOutcome(again)).toBe(8);
    expect(asked).toEqual(["trial 2"]);

    await engine.publish({ "main.txt": "three" });
    expect((await engine.update({ consumer })).result).toBe("updated");
    expect((await readState(engine.context())).databases[0]?.quarantine).toEqual([]);
  });
});

describe("a consumer that cannot be reached before the switch", () => {
  test("defers the update and condemns nothing", async () => {
    await installFirst();
    const { consumer } = scripted({ trial: "consumer.unreachable" });
    const outcome = await engine.update({ consumer });
    expect(outcome).toMatchObject({ result: "failed", error: { code: "consumer.unreachable" } });
    expect(exitCodeOfOutcome(outcome)).toBe(4);
    expect(engine.read("main.txt")).toBe("one");
    expect(engine.leftovers()).toEqual([]);
    expect((await engine.updateDaily()).result).toBe("updated");
  });
});

describe("a confirmation that fails", () => {
  test("moves back, has the old release confirmed, and quarantines the new one", async () => {
    await installFirst();
    const old = engine.current();
    const { consumer, asked } = scripted({ "confirm 2": "consumer.confirm-failed" });
    const outcome = await engine.update({ consumer });
    expect(outcome).toMatchObject({
      result: "reverted",
      error: { code: "consumer.confirm-failed" },
    });
    expect(exitCodeOfOutcome(outcome)).toBe(6);
    expect(asked).toEqual(["trial 2", "reload 2", "confirm 2", "reload 1", "confirm 1"]);
    expect([engine.current(), engine.generations()]).toEqual([old, [old]]);
    expect(engine.leftovers()).toEqual([]);
    expect((await engine.update({ consumer })).result).toBe("held");
    expect((await readHistory(engine.context())).map(({ kind }) => kind)).toEqual([
      "installed",
      "reverted",
    ]);
  });

  test("a reload that fails counts the same", async () => {
    await installFirst();
    const { consumer } = scripted({ "reload 2": "consumer.confirm-failed" });
    expect((await engine.update({ consumer })).result).toBe("reverted");
    expect(engine.read("main.txt")).toBe("one");
  });

  test("quarantines nothing when the old release fails as well: the consumer is at fault", async () => {
    await installFirst();
    const { consumer } = scripted({ confirm: "consumer.confirm-failed" });
    expect((await engine.update({ consumer })).result).toBe("reverted");
    expect(engine.read("main.txt")).toBe("one");
    expect((await readState(engine.context())).databases[0]?.quarantine).toEqual([]);
    expect((await engine.updateDaily()).result).toBe("updated");
  });

  test("quarantines nothing when the consumer could not be reached", async () => {
    await installFirst();
    const { consumer } = scripted({ "confirm 2": "consumer.unreachable" });
    expect((await engine.update({ consumer })).result).toBe("reverted");
    expect((await readState(engine.context())).databases[0]?.quarantine).toEqual([]);
  });

  test("of a repair does not go back to the damaged generation", async () => {
    await engine.updateDaily();
    const { chmodSync, writeFileSync } = await import("node:fs");
    const file = join(engine.state, "databases/daily/current/main.txt");
    chmodSync(file, 0o644);
    writeFileSync(file, "ONE");
    const { consumer } = scripted({ confirm: "consumer.confirm-failed" });
    const outcome = await engine.update({ consumer });
    expect(outcome).toMatchObject({ result: "failed", error: { code: "consumer.confirm-failed" } });
    expect(exitCodeOfOutcome(outcome)).toBe(6);
    expect(engine.read("main.txt")).toBe("one");
    expect(engine.leftovers()).toEqual([]);
    expect((await engine.update()).result).toBe("current");
  });

  test("of a first install leaves no current, and condemns nothing", async () => {
    const { consumer } = scripted({ confirm: "consumer.confirm-failed" });
    expect((await engine.update({ consumer })).result).toBe("reverted");
    expect([engine.current(), engine.generations(), engine.leftovers()]).toEqual([
      undefined,
      [],
      [],
    ]);
    expect(existsSync(join(engine.state, "databases/daily/current.json"))).toBe(false);
    expect((await engine.updateDaily()).result).toBe("updated");
  });
});

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

describe("a run that was killed after the switch", () => {
  /** An update whose process ends while the consumer is asked to confirm. */
  async function killedInConfirm(): Promise<void> {
    await installFirst();
    const killed = new AbortController();
    const confirm = async (): Promise<void> => {
      killed.abort(new Error("killed"));
      throw new Error("killed");
    };
    const consumer = { ...noConsumer, confirm };
    const update = engine.update({ consumer, signal: killed.signal });
    await expect(update).rejects.toThrow("killed");
    expect((await readState(engine.context())).databases[0]?.underWay).toBe("confirming");
  }

  test("is confirmed at the next start", async () => {
    await killedInConfirm();
    const { consumer, asked } = scripted({});
    const told = await recover(engine.context({ consumer }));
    expect(asked).toEqual(["reload 2", "confirm 2"]);
    expect(told.get("daily")).toEqual(["An interrupted switch to 2 was completed."]);
    expect(engine.read("main.txt")).toBe("two");
    expect(engine.leftovers()).toEqual([]);
    expect((await readHistory(engine.context())).at(-1)?.kind).toBe("installed");
  });

  test("or taken back, and the outcome of that run says so", async () => {
    await killedInConfirm();
    const { consumer } = scripted({ "confirm 2": "consumer.confirm-failed" });
    const outcome = await engine.updateDaily({ consumer });
    expect(outcome).toMatchObject({ result: "held", error: { code: "policy.quarantined" } });
    expect(outcome.notes?.join()).toContain("An interrupted switch to 2 was taken back");
    expect(engine.read("main.txt")).toBe("one");
  });
});

describe("a hold", () => {
  test("keeps the database where it is, until it ends", async () => {
    await installFirst();
    const { readRecord, writeRecord } = await import("../../../agent/store/record.ts");
    const { databasePlaces } = await import("../../../agent/store/layout.ts");
    const { fs } = engine.context();
    const places = databasePlaces(engine.state, "daily");
    const record = await readRecord(fs, places);
    if (record.kind !== "ok") throw new Error(record.kind);
    const hold = { reason: "audit", at: "2026-01-01T00:00:00Z", until: "2026-06-01T00:00:00Z" };
    await writeRecord(fs, places, { ...record.value, hold });
    const during = { now: () => new Date("2026-05-31T23:59:59Z") };
    const outcome = await engine.update({ ...during, trust: await trustOf() });
    expect(outcome).toMatchObject({ result: "held", error: { code: "policy.held" } });
    expect(exitCodeOfOutcome(outcome)).toBe(8);
    expect((await engine.updateDaily()).result).toBe("updated");
  });

  async function trustOf() {
    const client = await engine.context().openTrust();
    await client.refresh();
    const release = await client.release("daily");
    return { refresh: async () => ({ changed: false }), release: async () => release };
  }
});
