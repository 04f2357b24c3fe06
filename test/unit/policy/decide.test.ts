import { describe, expect, test } from "vitest";
import { objectionsTo, type PolicyFacts, type PolicyRule } from "../../../agent/policy/decide.ts";
import { sha256 } from "../../../protocol/bytes.ts";
import { errorCodes, exitCodes } from "../../../protocol/error-codes.ts";

const now = Date.parse("2026-01-14T12:00:00Z");
const hourMs = 3_600_000;
const digest = sha256("release");

const free: PolicyFacts = {
  release: { version: 42, label: "42", digest },
  quarantine: [],
  hold: null,
  agentVersion: "1.0.0",
  delayMs: 0,
  firstSeenAt: now,
  agent: "0".repeat(32),
  now,
  skip: { window: false, rollout: false },
};

type Change = (facts: PolicyFacts) => PolicyFacts;

/** For each rule, in the order in which they count: how to make it object. */
const causes: readonly (readonly [PolicyRule, Change])[] = [
  ["halted", (facts) => ({ ...facts, release: { ...facts.release, halted: true } })],
  [
    "quarantine",
    (facts) => ({
      ...facts,
      quarantine: [{ release: { digest }, at: "2026-01-01", reason: "consumer.trial-failed" }],
    }),
  ],
  ["hold", (facts) => ({ ...facts, hold: { reason: "audit", at: "2026-01-01" } })],
  ["pin", (facts) => ({ ...facts, pin: 41 })],
  ["min-agent", (facts) => ({ ...facts, release: { ...facts.release, minAgent: "2.0.0" } })],
  ["window", (facts) => ({ ...facts, window: { days: [3], from: 0, to: 60, zone: "UTC" } })],
  ["delay", (facts) => ({ ...facts, delayMs: hourMs })],
  [
    "rollout",
    (facts) => ({
      ...facts,
      release: { ...facts.release, rollout: { start: "2026-02-01T00:00:00Z", hours: 24 } },
    }),
  ],
];

/** Every combination of causes, as the bits of a number. */
const combinations = Array.from({ length: 2 ** causes.length }, (_, bits) =>
  causes.filter((_cause, index) => (bits >> index) & 1),
);

describe("precedence: halted > quarantine > hold > pin > minAgent > window > delay > rollout", () => {
  test("in every combination all that object are named, in that order", () => {
    expect(combinations).toHaveLength(256);
    for (const combination of combinations) {
      const facts = combination.reduce((changed, [, change]) => change(changed), free);
      const expected = combination.map(([rule]) => rule);
      expect(objectionsTo(facts).map(({ rule }) => rule)).toEqual(expected);
    }
  });

  test("in every combination --now takes away only the window, --force only the rollout", () => {
    for (const skip of [
      { window: true, rollout: false },
      { window: false, rollout: true },
      { window: true, rollout: true },
    ]) {
      for (const combination of combinations) {
        const facts = combination.reduce((changed, [, change]) => change(changed), free);
        const expected = combination
          .map(([rule]) => rule)
          .filter((rule) => !(rule === "window" && skip.window))
          .filter((rule) => !(rule === "rollout" && skip.rollout));
        const found = objectionsTo({ ...facts, skip }).map(({ rule }) => rule);
        expect(found).toEqual(expected);
      }
    }
  });

  test("each rule has a code of its own that ends with exit code 8", () => {
    const all = causes.reduce((changed, [, change]) => change(changed), free);
    const codes = objectionsTo(all).map(({ code }) => code);
    expect(new Set(codes).size).toBe(causes.length);
    for (const code of codes) expect(exitCodes[errorCodes[code].class]).toBe(8);
  });
});

describe("the words", () => {
  const firstOf = (facts: PolicyFacts) => objectionsTo(facts)[0];
  const change = (rule: PolicyRule) => causes.find(([name]) => name === rule)?.[1] ?? ((f) => f);
  test.each<[PolicyRule, string, string | undefined]>([
    ["halted", "Release 42 was stopped by the vendor.", undefined],
    [
      "quarantine",
      "Release 42 is quarantined since 2026-01-01 (consumer.trial-failed).",
      undefined,
    ],
    ["hold", "It is held: audit", undefined],
    ["pin", "It is pinned to release 41; the repository offers release 42.", undefined],
    ["min-agent", "Release 42 needs agent 2.0.0; this is 1.0.0.", undefined],
    [
      "window",
      "It is outside the maintenance window, which opens at 2026-01-21T00:00:00Z.",
      "2026-01-21T00:00:00Z",
    ],
    [
      "delay",
      "Release 42 was first seen at 2026-01-14T12:00:00Z and is delayed until 2026-01-14T13:00:00Z.",
      "2026-01-14T13:00:00Z",
    ],
  ])("%s", (rule, why, until) => {
    const found = firstOf(change(rule)(free));
    expect([found?.why, found?.until]).toEqual([why, until]);
  });

  test("of a stop give the vendor's reason", () => {
    const stop = { at: "2026-01-14T11:00:00Z", reason: "false alarms" };
    const facts = change("halted")({ ...free, release: { ...free.release, stop } });
    expect(firstOf(facts)?.why).toBe(
      "Release 42 was stopped by the vendor at 2026-01-14T11:00:00Z: false alarms",
    );
  });

  test("of a rollout name this machine's turn, from which on nothing objects", () => {
    const facts = change("rollout")(free);
    const found = firstOf(facts);
    expect(found?.why).toBe(
      `Release 42 spreads over 24 h; this machine's turn comes at ${found?.until}.`,
    );
    const turn = Date.parse(found?.until ?? "");
    expect(objectionsTo({ ...facts, now: turn - 1000 })).toHaveLength(1);
    expect(objectionsTo({ ...facts, now: turn + 1000 })).toEqual([]);
  });
});

test("the pinned version itself, a lapsed hold, another's quarantine and an open window do not object", () => {
  const past = { reason: "audit", at: "2026-01-01", until: "2026-01-14T12:00:00Z" };
  const other = [{ release: { digest: sha256("other") }, at: "", reason: "" }];
  const window = { days: [3], from: 700, to: 800, zone: "UTC" };
  const facts = { ...free, pin: 42, hold: past, quarantine: other, window, delayMs: 5 };
  expect(objectionsTo({ ...facts, firstSeenAt: now - 5 })).toEqual([]);
});
