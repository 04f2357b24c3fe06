import { describe, expect, test } from "vitest";
import type { MonitoredDatabase, MonitoredState } from "../../../agent/monitoring/facts.ts";
import { judge, rules } from "../../../agent/monitoring/judge.ts";
import { measuresOf, pluginLine } from "../../../agent/monitoring/plugin-line.ts";
import { daily, now, well } from "./sample-state.ts";

const maxAgeMs = 86_400_000;
const judged = (state: Partial<MonitoredState>) =>
  judge({ state: { ...well, ...state }, now, maxAgeMs });
const withDaily = (change: Partial<MonitoredDatabase>) =>
  judged({ databases: [{ ...daily, ...change }] });
const error = { code: "transfer.timeout", message: "A server went silent." };

describe("the judgement", () => {
  test("all is well", () => {
    expect(judged({})).toEqual({
      status: "OK",
      problems: [],
      summary: "daily 2026-11-24; last good check 30 min ago",
    });
  });

  test.each([
    ["CRITICAL", "no check succeeded", judged({ lastSuccessAt: null })],
    ["CRITICAL", "the last success is old", judged({ lastSuccessAt: "2026-11-23T11:00:00Z" })],
    [
      "OK",
      "the last success is just young enough",
      judged({ lastSuccessAt: "2026-11-23T12:00:00Z" }),
    ],
    ["CRITICAL", "tampered", withDaily({ tampered: true })],
    ["CRITICAL", "refused", withDaily({ lastResult: "refused", error })],
    ["CRITICAL", "not installed", withDaily({ release: null })],
    ["WARNING", "failed", withDaily({ lastResult: "failed", error })],
    ["WARNING", "reverted", withDaily({ lastResult: "reverted", error })],
    ["WARNING", "held by an operator", withDaily({ hold: { reason: "audit" } })],
    [
      "WARNING",
      "halted",
      withDaily({ lastResult: "held", error: { code: "policy.halted", message: "Stopped." } }),
    ],
    [
      "OK",
      "kept back by a window",
      withDaily({ lastResult: "held", error: { code: "policy.window", message: "Later." } }),
    ],
    [
      "CRITICAL",
      "expired metadata",
      judged({ roles: [{ role: "snapshot", version: 1, expires: "2026-11-24T12:00:00Z" }] }),
    ],
    [
      "WARNING",
      "none but relays answers",
      judged({ origin: { answeredAt: "2026-11-24T04:00:00.000Z", overdue: true } }),
    ],
    ["OK", "an origin answers", judged({ origin: { answeredAt: null, overdue: false } })],
    [
      "WARNING",
      "a root that ends soon",
      judged({ roles: [{ role: "root", version: 1, expires: "2026-12-20T12:00:00Z" }] }),
    ],
  ] as const)("%s: %s", (status, _, judgement) => {
    expect(judgement.status).toBe(status);
    expect(judgement.problems).toHaveLength(status === "OK" ? 0 : 1);
  });

  test("what is worst comes first, and everything is told", () => {
    const { status, summary } = judged({
      databases: [
        { ...daily, hold: { reason: "audit" } },
        { ...daily, name: "ids", tampered: true },
      ],
    });
    expect(status).toBe("CRITICAL");
    expect(summary).toBe("ids was tampered with; daily is held: audit");
  });

  test("a rule that is worse never comes after one that is not", () => {
    const order = rules.map(({ status }) => status);
    expect(order).toEqual([...order].toSorted());
  });
});

describe("the line", () => {
  test("has the form of a monitoring plugin", () => {
    const line = pluginLine("OK", judged({}).summary, measuresOf(well, now, maxAgeMs));
    expect(line).toBe(
      "VOUCHSAFE OK - daily 2026-11-24; last good check 30 min ago|last_success_age=1800s;;86400 daily_release_age=7200s daily_size=1000B root_expires_in=31536000s;2592000:;0: timestamp_expires_in=172800s;;0:",
    );
  });

  test("what a vendor wrote can end neither the text nor the line", () => {
    expect(pluginLine("WARNING", "a|b=1\nc\u2028d", [])).toBe("VOUCHSAFE WARNING - a/b=1 c d");
    expect(pluginLine("WARNING", "x".repeat(5000), []).length).toBeLessThan(1100);
  });

  test("what is not known has no number", () => {
    const none = { ...daily, release: null, created: null };
    const measures = measuresOf({ ...well, databases: [none], lastSuccessAt: null }, now, maxAgeMs);
    expect(measures.map(({ label }) => label)).toEqual(["root_expires_in", "timestamp_expires_in"]);
  });
});
