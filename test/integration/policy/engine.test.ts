import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DatabasePolicy } from "../../../agent/policy/decide.ts";
import { rolloutPlace, turnAt } from "../../../agent/policy/rollout.ts";
import { holdDatabase, unholdDatabase } from "../../../agent/update/hold.ts";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { readHistory } from "../../../agent/update/read-history.ts";
import { readState } from "../../../agent/update/read-state.ts";
import { rollback } from "../../../agent/update/rollback.ts";
import type { UpdateRequest } from "../../../agent/update/types.ts";
import {
  type EngineFixture,
  type EngineOptions,
  engineFixture,
} from "../../testkit/engine-fixture.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

let engine: EngineFixture;
let began: number;

beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish({ "main.txt": "one" });
  expect((await engine.updateDaily()).result).toBe("updated");
  await engine.publish({ "main.txt": "two" });
  began = Date.now();
});
afterEach(() => engine.remove());

const later = (ms: number): EngineOptions => ({ now: () => new Date(began + ms) });
const byItself = { now: false };

/** One update, as the words that it ends with. */
async function end(options: EngineOptions = {}, request: Partial<UpdateRequest> = {}) {
  const outcome = await engine.update(options, request);
  return [outcome.result, outcome.error?.code, exitCodeOfOutcome(outcome)];
}

const kinds = async () => (await readHistory(engine.context())).map(({ kind }) => kind);

describe("a hold", () => {
  test("keeps the database, says why and until when, and ends with exit code 8", async () => {
    const { hold } = await holdDatabase(engine.context(), "daily", "audit", hourMs);
    const outcome = await engine.update();
    expect(outcome).toMatchObject({
      result: "held",
      error: { code: "policy.held", message: `daily: It is held until ${hold?.until}: audit` },
      databases: [{ plan: { action: "none", reasons: [{ rule: "hold", until: hold?.until }] } }],
    });
    expect(exitCodeOfOutcome(outcome)).toBe(8);
    expect(engine.read("main.txt")).toBe("one");
    expect((await readState(engine.context())).databases[0]?.hold).toEqual(hold);
  });

  test("outlasts --now and --force", async () => {
    await holdDatabase(engine.context(), "daily", "audit", undefined);
    expect(await end({}, { force: true })).toEqual(["held", "policy.held", 8]);
  });

  test("that has lapsed is told once, and stands in the history", async () => {
    await holdDatabase(engine.context(), "daily", "audit", hourMs);
    expect((await readState(engine.context(later(2 * hourMs)))).databases[0]?.hold).toBeNull();
    const daily = await engine.updateDaily(later(2 * hourMs));
    expect(daily.result).toBe("updated");
    expect(daily.notes).toEqual([expect.stringMatching(/^The hold ended at .*: audit$/)]);
    expect((await engine.updateDaily(later(2 * hourMs))).notes).toBeUndefined();
    expect(await kinds()).toEqual(["installed", "held", "released", "installed"]);
  });

  test("of a plan only is not told, for the plan changes nothing", async () => {
    await holdDatabase(engine.context(), "daily", "audit", hourMs);
    const plan = await engine.update(later(2 * hourMs), { planOnly: true });
    expect(plan.databases[0]?.notes).toBeUndefined();
    expect((await engine.updateDaily(later(2 * hourMs))).notes).toHaveLength(1);
  });

  test("is released by unhold; to release what is not held changes nothing", async () => {
    await holdDatabase(engine.context(), "daily", "audit", undefined);
    expect((await unholdDatabase(engine.context(), "daily")).before?.reason).toBe("audit");
    expect((await unholdDatabase(engine.context(), "daily")).before).toBeNull();
    expect(await kinds()).toEqual(["installed", "held", "released"]);
    expect((await engine.updateDaily()).result).toBe("updated");
  });

  test("survives an update of the record by commit, and a rollback", async () => {
    expect((await engine.updateDaily()).result).toBe("updated");
    await holdDatabase(engine.context(), "daily", "audit", undefined);
    expect((await rollback(engine.context(), "daily")).result).toBe("updated");
    expect((await readState(engine.context())).databases[0]?.hold?.reason).toBe("audit");
  });
});

describe("a maintenance window", () => {
  /** Open for an hour, from two hours after the test began. */
  function soon(): DatabasePolicy {
    const at = new Date(began + 2 * hourMs);
    const from = at.getUTCHours() * 60 + at.getUTCMinutes();
    return {
      delayMs: 0,
      window: { days: [0, 1, 2, 3, 4, 5, 6], from, to: (from + 60) % 1440, zone: "UTC" },
    };
  }

  test("outside it a check by itself looks, does not switch, and says when it opens", async () => {
    const policy = soon();
    const outcome = await engine.update({ policy }, byItself);
    const opens = new Date(Math.floor((began + 2 * hourMs) / minuteMs) * minuteMs);
    const until = opens.toISOString().replace(".000Z", "Z");
    expect(outcome).toMatchObject({
      result: "held",
      error: { code: "policy.window" },
      databases: [{ to: { version: 2 }, plan: { reasons: [{ rule: "window", until }] } }],
    });
    expect(exitCodeOfOutcome(outcome)).toBe(8);
    expect(engine.read("main.txt")).toBe("one");
    const opened = await engine.update({ policy, ...later(2 * hourMs + minuteMs) }, byItself);
    expect(opened.result).toBe("updated");
  });

  test("--now skips it", async () => {
    expect(await end({ policy: soon() }, { now: true })).toEqual(["updated", undefined, 0]);
  });

  test("does not matter where the release is installed already", async () => {
    expect(await end({}, { now: true })).toEqual(["updated", undefined, 0]);
    expect(await end({ policy: soon() }, byItself)).toEqual(["current", undefined, 0]);
  });

  test("that closes while the release is fetched: nothing is switched, nothing left over", async () => {
    let slow = 0;
    const consumer = {
      trial: async () => {
        slow = hourMs;
      },
      reload: async () => undefined,
      confirm: async () => undefined,
    };
    const now = () => new Date(began + 2 * hourMs + minuteMs + slow);
    expect(await end({ policy: soon(), consumer, now }, byItself)).toEqual([
      "held",
      "policy.window",
      8,
    ]);
    expect(engine.read("main.txt")).toBe("one");
    expect(engine.leftovers()).toEqual([]);
  });
});

describe("the customer's delay", () => {
  const policy: DatabasePolicy = { delayMs: 6 * hourMs };

  test("counts from when this agent first saw the release, over restarts", async () => {
    expect(await end({ policy })).toEqual(["held", "policy.delay", 8]);
    expect(await end({ policy, ...later(5 * hourMs) })).toEqual(["held", "policy.delay", 8]);
    expect(await end({ policy, ...later(6 * hourMs + minuteMs) })).toEqual([
      "updated",
      undefined,
      0,
    ]);
  });

  test("does not believe the time that is signed: an old date does not make a release known", async () => {
    const info = { created: "2020-01-01T00:00:00Z" };
    engine.publisher.release("daily", { "main.txt": "three" }, { info });
    await engine.publisher.publish();
    expect(await end({ policy })).toEqual(["held", "policy.delay", 8]);
  });

  test("begins again with the next release", async () => {
    expect(await end({ policy })).toEqual(["held", "policy.delay", 8]);
    await engine.publish({ "main.txt": "three" });
    expect(await end({ policy, ...later(7 * hourMs) })).toEqual(["held", "policy.delay", 8]);
    expect((await end({ policy, ...later(14 * hourMs) }))[0]).toBe("updated");
  });

  test("neither --now nor --force nor a finished rollout ends it", async () => {
    const info = { rollout: { start: "2020-01-01T00:00:00Z", hours: 1 } };
    engine.publisher.release("daily", { "main.txt": "three" }, { info });
    await engine.publisher.publish();
    expect(await end({ policy }, { force: true })).toEqual(["held", "policy.delay", 8]);
  });

  test("a clock that was years ahead when it saw the release keeps it back no longer", async () => {
    // The metadata must outlive the wrong clock for the release to be seen at all.
    engine.publisher.days.timestamp = 30;
    await engine.publish({ "main.txt": "three" });
    expect(await end({ policy, ...later(10 * 24 * hourMs) })).toEqual(["held", "policy.delay", 8]);
    expect(await end({ policy })).toEqual(["held", "policy.delay", 8]);
    expect((await end({ policy, ...later(7 * hourMs) }))[0]).toBe("updated");
  });
});

describe("a pin", () => {
  test("refuses every other version, and says so", async () => {
    const outcome = await engine.update({ policy: { delayMs: 0, pin: 1 } });
    expect(outcome).toMatchObject({
      result: "held",
      error: {
        code: "policy.pinned",
        message: "daily: It is pinned to release 1; the repository offers release 2.",
      },
    });
    expect(await end({ policy: { delayMs: 0, pin: 2 } })).toEqual(["updated", undefined, 0]);
  });

  test("to an older version than is installed goes nowhere by itself; rollback goes there", async () => {
    const policy = { delayMs: 0, pin: 1 };
    expect((await engine.updateDaily()).result).toBe("updated");
    expect(await end({ policy })).toEqual(["current", undefined, 0]);
    expect(engine.read("main.txt")).toBe("two");
    const back = await rollback(engine.context({ policy }), "daily", { to: "1" });
    expect(back.result).toBe("updated");
    expect(engine.read("main.txt")).toBe("one");
  });
});

describe("a signed rollout", () => {
  async function publishRollout(hours: number): Promise<number> {
    const start = new Date(began - (began % 1000)).toISOString().replace(".000Z", "Z");
    const rollout = { start, hours };
    engine.publisher.release("daily", { "main.txt": "three" }, { info: { rollout } });
    await engine.publisher.publish();
    const plan = await engine.update({}, { planOnly: true });
    const signer = await engine.context().identity();
    const digest = plan.databases[0]?.to?.digest;
    if (digest === undefined || signer === undefined) throw new Error("nothing is offered");
    return turnAt(rollout, rolloutPlace(signer.agent, digest));
  }

  test("is joined when this machine's turn comes, of which the plan tells; --now waits too", async () => {
    const turn = await publishRollout(1000);
    const outcome = await engine.update();
    const until = new Date(turn).toISOString().replace(".000Z", "Z");
    expect(outcome).toMatchObject({
      result: "held",
      error: { code: "policy.rollout" },
      databases: [{ plan: { reasons: [{ rule: "rollout", until }] } }],
    });
    expect(outcome.databases[0]?.plan.why).toContain(`this machine's turn comes at ${until}`);
  });

  test("once the turn has come, it stays come", async () => {
    const turn = await publishRollout(10);
    expect((await end({ now: () => new Date(turn - 1000) }))[1]).toBe("policy.rollout");
    expect((await end({ now: () => new Date(turn) }, { planOnly: true }))[0]).toBe("planned");
    expect((await end({ now: () => new Date(turn + hourMs) }))[0]).toBe("updated");
  });

  test("--force skips it", async () => {
    await publishRollout(1000);
    expect(await end({}, { force: true })).toEqual(["updated", undefined, 0]);
  });
});

test("a plan names all that keeps the release back, what counts most first", async () => {
  await holdDatabase(engine.context(), "daily", "audit", undefined);
  const policy = { delayMs: hourMs, pin: 1 };
  const { databases } = await engine.update({ policy }, { planOnly: true });
  expect(databases[0]?.plan.reasons?.map(({ rule, code }) => [rule, code])).toEqual([
    ["hold", "policy.held"],
    ["pin", "policy.pinned"],
    ["delay", "policy.delay"],
  ]);
});
