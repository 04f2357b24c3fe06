import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { readHistory } from "../../../agent/update/read-history.ts";
import { readState } from "../../../agent/update/read-state.ts";
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

test("a first install stays when its consumer cannot be reached: it may need the files to start", async () => {
  const { consumer } = scripted({ reload: "consumer.unreachable" });
  expect(await engine.update({ consumer })).toMatchObject({
    result: "failed",
    error: { code: "consumer.unreachable" },
  });
  expect(engine.read("main.txt")).toBe("one");
  expect(engine.leftovers()).toEqual([]);
  expect((await engine.update()).result).toBe("current");
});
