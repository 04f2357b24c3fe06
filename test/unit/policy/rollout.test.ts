import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rolloutPlace, turnAt } from "../../../agent/policy/rollout.ts";
import { sha256 } from "../../../protocol/bytes.ts";

const agentId = (number: number) => sha256(`agent ${number}`).slice(0, 32);
const release = sha256("release");
const fleet = Array.from({ length: 20_000 }, (_, number) => agentId(number));

/** Pearson's statistic of places in 100 equal parts; its 99.9 % bound with 99 degrees is 148.2. */
function chiSquare(places: readonly number[]): number {
  const counts = Array.from({ length: 100 }, () => 0);
  for (const place of places)
    counts[Math.floor(place * 100)] = (counts[Math.floor(place * 100)] ?? 0) + 1;
  const expected = places.length / 100;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe("the place of an agent in a rollout", () => {
  test("is a fixed function of identity and release: this vector must never change", () => {
    expect(rolloutPlace("0".repeat(32), sha256(""))).toBe(0.9197494565215223);
  });

  test("spreads a fleet evenly", () => {
    expect(chiSquare(fleet.map((agent) => rolloutPlace(agent, release)))).toBeLessThan(148.2);
  });

  test("spreads one agent evenly over releases: nobody is always first", () => {
    const releases = fleet.map((_, number) => sha256(`release ${number}`));
    expect(chiSquare(releases.map((digest) => rolloutPlace(agentId(1), digest)))).toBeLessThan(
      148.2,
    );
  });

  test("of one release says nothing of the place in another", () => {
    const [a, b] = [sha256("a"), sha256("b")];
    const first = fleet.filter((agent) => rolloutPlace(agent, a) < 0.1);
    const again = first.filter((agent) => rolloutPlace(agent, b) < 0.1);
    expect(again.length / first.length).toBeGreaterThan(0.07);
    expect(again.length / first.length).toBeLessThan(0.13);
  });
});

describe("the turn of a place", () => {
  const start = "2026-01-01T00:00:00Z";
  const startMs = Date.parse(start);

  test("comes between start and start + hours, in the order of places", () => {
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(place, place, fc.integer({ min: 0, max: 1000 }), (a, b, hours) => {
        const [turnA, turnB] = [turnAt({ start, hours }, a), turnAt({ start, hours }, b)];
        expect(turnA).toBeGreaterThanOrEqual(startMs);
        expect(turnA).toBeLessThanOrEqual(startMs + hours * 3_600_000);
        if (a < b) expect(turnA).toBeLessThanOrEqual(turnB);
      }),
    );
  });

  test("of half of a fleet has come after half of the time, and of all after all of it", () => {
    const turns = fleet.map((agent) => turnAt({ start, hours: 24 }, rolloutPlace(agent, release)));
    const shareAt = (hours: number) =>
      turns.filter((turn) => turn <= startMs + hours * 3_600_000).length / turns.length;
    expect(shareAt(0)).toBe(0);
    expect(Math.abs(shareAt(12) - 0.5)).toBeLessThan(0.015);
    expect(shareAt(24)).toBe(1);
  });

  test("of a rollout without hours is its start, for everybody", () => {
    expect(turnAt({ start, hours: 0 }, 0.99)).toBe(startMs);
  });
});
