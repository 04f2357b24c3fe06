import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventsOf } from "../../../agent/cli/report-update.ts";
import { holdDatabase } from "../../../agent/update/hold.ts";
import { readHistory } from "../../../agent/update/read-history.ts";
import { selfCheckDue } from "../../../agent/update/self-check.ts";
import {
  type EngineFixture,
  type EngineOptions,
  engineFixture,
} from "../../testkit/engine-fixture.ts";

const hourMs = 3_600_000;

let engine: EngineFixture;
let began: number;

beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish({ "main.txt": "one", "other.txt": "more" });
  await engine.updateDaily();
  await engine.publish({ "main.txt": "two", "other.txt": "more" });
  began = Date.now();
});
afterEach(() => engine.remove());

const later = (ms: number): EngineOptions => ({ now: () => new Date(began + ms) });
const kinds = async () => (await readHistory(engine.context())).map(({ kind }) => kind);

describe("a scheduled self-check", () => {
  const selfCheckMs = 24 * hourMs;
  const file = () => join(engine.state, "databases/daily/current/main.txt");

  /** Changes the content and leaves size, mode and time: a look does not notice. */
  function tamper(): void {
    const times = join(engine.state, "times"); // touch copies times to the nanosecond
    execFileSync("touch", ["-r", file(), times]);
    chmodSync(file(), 0o644);
    writeFileSync(file(), "ONE");
    execFileSync("touch", ["-r", times, file()]);
    chmodSync(file(), 0o444);
  }

  test("finds what a look cannot see, tells it, and the same run repairs it", async () => {
    await engine.updateDaily();
    tamper();
    const before = await engine.updateDaily({ selfCheckMs, ...later(hourMs) });
    expect([before.result, readFileSync(file(), "utf8")]).toEqual(["current", "ONE"]);
    const daily = await engine.updateDaily({ selfCheckMs, ...later(25 * hourMs) });
    expect(daily).toMatchObject({
      result: "updated",
      plan: { action: "repair" },
      tampered: [{ path: "main.txt", problem: "changed" }],
      bytes: 3,
      notes: ["Installed files are not as they were signed: main.txt (changed)."],
    });
    expect(engine.read("main.txt")).toBe("two");
    expect(await kinds()).toEqual(["installed", "installed", "tampered", "repaired"]);
    expect((await engine.updateDaily({ selfCheckMs, ...later(50 * hourMs) })).result).toBe(
      "current",
    );
  });

  test("repairs a held database as well, from the release that is installed", async () => {
    await holdDatabase(engine.context(), "daily", "audit", undefined);
    tamper();
    const daily = await engine.updateDaily({ selfCheckMs, ...later(25 * hourMs) });
    expect(daily).toMatchObject({
      result: "updated",
      plan: { action: "repair", reasons: [{ rule: "hold" }] },
      to: { version: 1 },
    });
    expect(engine.read("main.txt")).toBe("one");
    expect((await engine.updateDaily()).error?.code).toBe("policy.held");
  });

  test("tells it though the repository cannot be reached, and repairs it later", async () => {
    tamper();
    const gone = {
      refresh: () => Promise.reject(new Error("gone")),
      release: () => Promise.reject(new Error("gone")),
    };
    const daily = await engine.updateDaily({ selfCheckMs, ...later(25 * hourMs), trust: gone });
    expect(daily).toMatchObject({ result: "failed", tampered: [{ path: "main.txt" }] });
    await holdDatabase(engine.context(), "daily", "audit", undefined);
    expect((await engine.updateDaily({ selfCheckMs })).plan.action).toBe("repair");
    expect(engine.read("main.txt")).toBe("one");
  });

  test("reads nothing when it is not due, nor for a plan", async () => {
    tamper();
    const plan = await engine.update({ selfCheckMs, ...later(25 * hourMs) }, { planOnly: true });
    expect(plan.databases[0]?.tampered).toBeUndefined();
    expect(await kinds()).toEqual(["installed"]);
  });

  test("finds a missing file and one too many; what is too many is gone after the repair", async () => {
    const folder = join(engine.state, "databases/daily/current");
    await engine.updateDaily();
    chmodSync(folder, 0o755);
    rmSync(join(folder, "other.txt"));
    mkdirSync(join(folder, "extra"));
    const daily = await engine.updateDaily({ selfCheckMs, ...later(25 * hourMs) });
    expect(daily.tampered).toEqual([
      { path: "other.txt", problem: "missing" },
      { path: "extra", problem: "unexpected" },
    ]);
    expect(engine.read("other.txt")).toBe("more");
    expect(engine.read("extra")).toBeUndefined();
  });

  test("is an event of its own for the console", async () => {
    await engine.updateDaily();
    tamper();
    const daily = await engine.updateDaily({ selfCheckMs, ...later(25 * hourMs) });
    expect(eventsOf(daily, undefined).map(({ kind }) => kind)).toEqual(["tampered", "installed"]);
  });
});

describe("a self-check is due", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  test.each<[string, readonly (string | null)[], boolean]>([
    ["when none is known", [null], true],
    ["a day after the last", ["2026-01-01T00:00:00Z"], true],
    ["not a second before that", ["2026-01-01T00:00:01Z"], false],
    ["not when the later of two is young", ["2025-01-01T00:00:00Z", "2026-01-01T12:00:00Z"], false],
    ["when the last lies in the future", ["2027-01-01T00:00:00Z"], true],
    ["when the time cannot be read", ["soon"], true],
  ])("%s", (_, times, due) => expect(selfCheckDue(times, 24 * hourMs, now)).toBe(due));
});
