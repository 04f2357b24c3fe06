/** The announcer: one message at a time, the newest state, and nothing that piles up. */
import { describe, expect, test } from "vitest";
import type { Condition } from "../../../agent/daemon/announcement.ts";
import { startAnnouncer } from "../../../agent/daemon/announcer.ts";
import type { Clock } from "../../../host/clock.ts";

const well: Condition = {
  phase: "ready",
  reloads: 0,
  reloading: false,
  status: "Idle",
  stuck: undefined,
};

/** A clock that the test moves; whoever sleeps wakes when it has come far enough. */
function handClock() {
  let now = 0;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  const clock: Clock = {
    now: () => new Date(now),
    monotonicMs: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(new Error("woken"));
        });
      }),
  };
  const pass = (ms: number): void => {
    now += ms;
    for (const sleeper of sleepers) {
      if (sleeper.until > now) continue;
      sleepers.delete(sleeper);
      sleeper.wake();
    }
  };
  return { clock, pass, sleeping: () => sleepers.size };
}

/** A service manager that takes messages when the test lets it. */
function slowManager(watchdogMs?: number) {
  const heard: string[][] = [];
  let answers: ((taken: boolean) => void)[] = [];
  let atOnce = true;
  return {
    heard,
    manager: {
      watchdogMs,
      monotonicUsec: () => 7n,
      tell: (lines: readonly string[]) => {
        heard.push([...lines]);
        if (atOnce) return Promise.resolve(true);
        return new Promise<boolean>((resolve) => answers.push(resolve));
      },
    },
    keepWaiting: () => {
      atOnce = false;
    },
    waiting: () => answers.length,
    answer: (taken: boolean) => {
      const [first, ...rest] = answers;
      answers = rest;
      first?.(taken);
    },
  };
}

describe("the announcer", () => {
  test("says what has changed while a message was on its way, once and as it is then", async () => {
    const { clock, sleeping } = handClock();
    const { manager, heard, keepWaiting, waiting, answer } = slowManager();
    keepWaiting();
    let status = "Idle";
    const announcer = startAnnouncer(manager, clock, () => ({ ...well, status }));
    for (const next of ["Checking", "Updating daily", "Idle again"]) {
      status = next;
      announcer.changed();
    }
    expect(heard).toEqual([["READY=1", "STATUS=Idle"]]);
    answer(true);
    await expect.poll(waiting).toBe(1);
    expect(heard.slice(1)).toEqual([["STATUS=Idle again"]]);
    answer(true);
    await expect.poll(sleeping).toBe(1);
    expect(heard).toHaveLength(2);
    await announcer.end();
  });

  test("says again what was not taken, after a while", async () => {
    const { clock, pass, sleeping } = handClock();
    const { manager, heard, keepWaiting, waiting, answer } = slowManager(60_000);
    keepWaiting();
    const announcer = startAnnouncer(manager, clock, () => well);
    await expect.poll(waiting).toBe(1);
    answer(false);
    await expect.poll(sleeping).toBe(1);
    pass(5_000);
    await expect.poll(waiting).toBe(1);
    expect(heard[1]).toEqual(heard[0]);
    answer(true);
    await expect.poll(sleeping).toBe(1);
    await announcer.end();
  });

  test("feeds the watchdog by itself, three times within its patience", async () => {
    const { clock, pass, sleeping } = handClock();
    const { manager, heard } = slowManager(90_000);
    const announcer = startAnnouncer(manager, clock, () => well);
    for (let feed = 1; feed <= 3; feed += 1) {
      await expect.poll(sleeping).toBe(1);
      expect(heard.filter((lines) => lines.includes("WATCHDOG=1"))).toHaveLength(feed);
      pass(30_000);
    }
    await expect.poll(sleeping).toBe(1);
    await announcer.end();
  });

  test("says last of all that the service stops", async () => {
    const { clock, sleeping } = handClock();
    const { manager, heard } = slowManager();
    let phase: Condition["phase"] = "ready";
    const announcer = startAnnouncer(manager, clock, () => ({ ...well, phase }));
    await expect.poll(sleeping).toBe(1);
    phase = "stopping";
    await announcer.end();
    expect(heard).toEqual([["READY=1", "STATUS=Idle"], ["STOPPING=1"]]);
  });
});
