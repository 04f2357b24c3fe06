import { describe, expect, test } from "vitest";
import { bounds } from "../../../agent/relay/bounds.ts";
import { makeNeighbours } from "../../../agent/relay/neighbours.ts";
import { tokenCheck } from "../../../agent/relay/token.ts";

describe("a token", () => {
  const check = tokenCheck("s3cret");

  test("lets pass who shows it", () => {
    expect(check("Bearer s3cret")).toBe(true);
    expect(check("bearer   s3cret")).toBe(true);
  });

  test.each([undefined, "", "s3cret", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret2"])(
    "%s does not",
    (authorization) => {
      expect(check(authorization)).toBe(false);
    },
  );

  test("none is asked of anybody where none is configured", () => {
    expect(tokenCheck(undefined)(undefined)).toBe(true);
  });
});

/** A clock that only sleeping moves. */
function sleeper() {
  const slept: number[] = [];
  return {
    slept,
    monotonicMs: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
}

describe("one address", () => {
  test("has so many connections, and again when one has ended", () => {
    const neighbours = makeNeighbours(sleeper());
    const taken = Array.from({ length: bounds.connectionsPerAddress }, () =>
      neighbours.connected("a"),
    );
    expect(taken.every(Boolean)).toBe(true);
    expect(neighbours.connected("a")).toBe(false);
    expect(neighbours.connected("b")).toBe(true);
    neighbours.disconnected("a");
    expect(neighbours.connected("a")).toBe(true);
  });

  test("waits for its own requests alone, and longer after a wrong token", async () => {
    const clock = sleeper();
    const neighbours = makeNeighbours(clock);
    await neighbours.pace("a", 1);
    await neighbours.pace("a", bounds.refusedCounts);
    await neighbours.pace("b", 1);
    const one = 1000 / bounds.requestsPerSecond;
    expect(clock.slept).toEqual([one, one * (1 + bounds.refusedCounts), one]);
  });
});
