import { describe, expect, test } from "vitest";
import {
  journalledStates,
  nextState,
  transitions,
  updateEvents,
  updateStates,
} from "../../../agent/update/transitions.ts";

describe("the transition table", () => {
  const pairs = updateStates.flatMap((state) => updateEvents.map((event) => ({ state, event })));

  test.each(pairs)(
    "$state × $event leads where the table says, or is refused",
    ({ state, event }) => {
      const next = transitions[state][event];
      if (next === undefined) {
        expect(() => nextState(state, event)).toThrow(
          `"${event}" cannot happen in state "${state}".`,
        );
      } else {
        expect(nextState(state, event)).toBe(next);
      }
    },
  );

  const successors = (state: (typeof updateStates)[number]) => Object.values(transitions[state]);

  test("every state can be reached, and from every state an end", () => {
    const reached = new Set<string>(["idle"]);
    for (const state of updateStates) for (const next of successors(state)) reached.add(next);
    expect([...updateStates].filter((state) => !reached.has(state))).toEqual([]);
    const ends = new Set<string>(["idle", "committed", "rejected", "reverted"]);
    for (const _ of updateStates) {
      for (const state of updateStates) {
        if (successors(state).some((next) => ends.has(next))) ends.add(state);
      }
    }
    expect([...updateStates].filter((state) => !ends.has(state))).toEqual([]);
  });

  test("nothing fails into idle once current has moved", () => {
    expect([...successors("confirming"), ...successors("reverting")]).not.toContain("idle");
  });

  test("a switch is reached only through a trial, or from the disk", () => {
    const before = updateStates.filter((state) => successors(state).includes("switching"));
    expect(before).toEqual(["planning", "trial"]);
    expect(transitions.planning["on-disk"]).toBe("switching");
  });

  test("the journal names every state that changes the disk, in their order", () => {
    const order = journalledStates.map((state) => updateStates.indexOf(state));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});
