/** What the service manager is told, in the order in which things happen to a service. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Condition,
  feedEveryMs,
  nothingTold,
  planAnnouncement,
  type Told,
} from "../../../agent/daemon/announcement.ts";

const watchdogMs = 180_000;
const well: Condition = {
  phase: "ready",
  reloads: 0,
  reloading: false,
  status: "Idle",
  stuck: undefined,
};

/** A service manager that takes everything. */
function manager(watches: "watches" | "does not watch" = "watches") {
  let told: Told = nothingTold;
  let nowMs = 0;
  return {
    wait: (ms: number): void => {
      nowMs += ms;
    },
    hear: (condition: Partial<Condition> = {}): readonly string[] => {
      const moment = { nowMs, monotonicUsec: 77n };
      const patience = watches === "watches" ? watchdogMs : undefined;
      const plan = planAnnouncement(told, { ...well, ...condition }, moment, patience);
      ({ told } = plan);
      return plan.lines;
    },
  };
}

describe("the service manager hears", () => {
  test("that the service is ready, and then nothing until something changes", () => {
    const { hear, wait } = manager();
    expect(hear()).toEqual(["READY=1", "STATUS=Idle", "WATCHDOG=1"]);
    wait(1_000);
    expect(hear()).toEqual([]);
    expect(hear({ status: "Checking" })).toEqual(["STATUS=Checking"]);
  });

  test("a sign of life three times within its patience, each with READY=1", () => {
    const { hear, wait } = manager();
    hear();
    wait(watchdogMs / 3 - 1);
    expect(hear()).toEqual([]);
    wait(1);
    expect(hear()).toEqual(["READY=1", "WATCHDOG=1"]);
    expect(feedEveryMs(watchdogMs)).toBe(60_000);
  });

  test("no sign of life when it does not watch", () => {
    const { hear, wait } = manager("does not watch");
    expect(hear()).toEqual(["READY=1", "STATUS=Idle"]);
    wait(10 * watchdogMs);
    expect(hear()).toEqual([]);
  });

  test("none from a stuck service, but why it is stuck; and again once it works", () => {
    const { hear, wait } = manager();
    hear();
    wait(watchdogMs);
    const stuck = { stuck: "an update does not end", status: "Stuck: an update does not end" };
    expect(hear(stuck)).toEqual(["STATUS=Stuck: an update does not end"]);
    wait(watchdogMs);
    expect(hear(stuck)).toEqual([]);
    expect(hear()).toEqual(["READY=1", "STATUS=Idle", "WATCHDOG=1"]);
  });

  test("of a reload its beginning, with the time, and its end", () => {
    const { hear } = manager();
    hear();
    expect(hear({ reloads: 1, reloading: true })).toEqual(["RELOADING=1", "MONOTONIC_USEC=77"]);
    expect(hear({ reloads: 1, reloading: true })).toEqual([]);
    expect(hear({ reloads: 1 })).toEqual(["READY=1"]);
  });

  test("of a reload that is over before it could be told, both all the same", () => {
    const { hear } = manager();
    hear();
    expect(hear({ reloads: 1 })).toEqual(["RELOADING=1", "MONOTONIC_USEC=77"]);
    expect(hear({ reloads: 1 })).toEqual(["READY=1"]);
    expect(hear({ reloads: 1 })).toEqual([]);
  });

  test("once that it stops; it goes on feeding while it drains", () => {
    const { hear, wait } = manager();
    hear();
    const stopping = { phase: "stopping", status: "Stopping" } as const;
    expect(hear(stopping)).toEqual(["STOPPING=1", "STATUS=Stopping"]);
    wait(watchdogMs);
    expect(hear(stopping)).toEqual(["WATCHDOG=1"]);
  });
});

test("READY=1 never comes between the beginning of a reload and its end, nor after STOPPING=1", () => {
  const step = fc.record({
    phase: fc.constantFrom("ready", "ready", "ready", "stopping"),
    began: fc.boolean(),
    reloading: fc.boolean(),
    ms: fc.nat(200_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { hear, wait } = manager();
      let [reloads, stopping] = [0, false];
      for (const { phase, began, reloading, ms } of steps) {
        wait(ms);
        if (began) reloads += 1;
        stopping ||= phase === "stopping";
        const lines = hear({ phase: stopping ? "stopping" : "ready", reloads, reloading });
        if (reloading || stopping) expect(lines).not.toContain("READY=1");
      }
    }),
  );
});
