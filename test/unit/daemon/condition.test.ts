/** What `systemctl status` shows of the service, and when it counts as stuck. */
import { describe, expect, test } from "vitest";
import { conditionOf, type ServiceSnapshot, statusLine } from "../../../agent/daemon/condition.ts";
import { healthProblem, lookPatienceMs } from "../../../agent/daemon/health.ts";

const idle: ServiceSnapshot = {
  stopping: false,
  reloads: 0,
  reloading: false,
  busy: false,
  updating: [],
  lastCheck: undefined,
  nextCheckAt: "2026-11-24T19:00:00.000Z",
  stuck: undefined,
};
const lastCheck = { at: "2026-11-24T18:00:00.000Z", result: "current" };

describe("the status line", () => {
  test.each<[Partial<ServiceSnapshot>, string]>([
    [{}, "Idle; no check yet; next check 2026-11-24T19:00:00.000Z"],
    [
      { lastCheck },
      "Idle; last check 2026-11-24T18:00:00.000Z: current; next check 2026-11-24T19:00:00.000Z",
    ],
    [{ busy: true, nextCheckAt: null }, "Checking; no check yet"],
    [{ busy: true, updating: ["a", "b"], nextCheckAt: null }, "Updating a, b; no check yet"],
    [{ stopping: true }, "Stopping; no check yet"],
    [{ stopping: true, busy: true, updating: ["a"] }, "Stopping after updating a; no check yet"],
    [{ stuck: "an update does not end", lastCheck }, "Stuck: an update does not end"],
  ])("of %j", (change, line) => {
    expect(statusLine({ ...idle, ...change })).toBe(line);
    expect(conditionOf({ ...idle, ...change }).status).toBe(line);
  });

  test("stays short with very many databases", () => {
    const updating = Array.from({ length: 256 }, (_, index) => `database-${index}`);
    expect(statusLine({ ...idle, busy: true, updating }).length).toBeLessThan(400);
  });
});

describe("the service is stuck", () => {
  test("when a child lives on although it was ended", () => {
    const facts = { nowMs: 1, lookedAtMs: undefined };
    expect(healthProblem({ ...facts, childStuck: false })).toBeUndefined();
    expect(healthProblem({ ...facts, childStuck: true })).toBe("an update does not end");
  });

  test("when nobody looks at the schedule any more", () => {
    const facts = { childStuck: false, lookedAtMs: 1_000 };
    expect(healthProblem({ ...facts, nowMs: 1_000 + lookPatienceMs })).toBeUndefined();
    const late = healthProblem({ ...facts, nowMs: 1_001 + lookPatienceMs });
    expect(late).toBe("the schedule stands still");
  });
});
