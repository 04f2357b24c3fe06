/** Which known name a mistyped one means. */
import { assert, integer, property, string, stringMatching } from "fast-check";
import { describe, expect, test } from "vitest";
import { editDistance, nearest, suggestion } from "../../../../host/cli/nearest.ts";

describe("editDistance", () => {
  test.each([
    ["", "", 0],
    ["", "abc", 3],
    ["update", "update", 0],
    ["update", "updat", 1],
    ["update", "updaet", 1],
    ["kitten", "sitting", 3],
  ])("of %j and %j is %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test("is the same both ways and no more than the longer word", () => {
    assert(
      property(string(), string(), (a, b) => {
        const distance = editDistance(a, b);
        return distance === editDistance(b, a) && distance <= Math.max(a.length, b.length);
      }),
    );
  });

  test("of one dropped letter is one", () => {
    assert(
      property(stringMatching(/^[a-z]{1,12}$/), integer({ min: 0, max: 11 }), (word, at) => {
        const index = at % word.length;
        return editDistance(word, word.slice(0, index) + word.slice(index + 1)) === 1;
      }),
    );
  });
});

describe("nearest", () => {
  const verbs = ["update", "status", "verify", "history", "key new", "key list"];

  test.each([
    ["updaet", "update"],
    ["Status", "status"],
    ["hist", "history"],
    ["key lst", "key list"],
    ["frobnicate", undefined],
    ["x", undefined],
  ])("of %j is %j", (typed, meant) => {
    expect(nearest(typed, verbs)).toBe(meant);
  });

  test("compares no very long words", () => {
    expect(nearest("u".repeat(100_000), ["u".repeat(100_000)])).toBeUndefined();
  });

  test("becomes a question, or nothing", () => {
    expect(suggestion("updaet", verbs)).toBe(' Did you mean "update"?');
    expect(suggestion("frobnicate", verbs)).toBe("");
  });
});
