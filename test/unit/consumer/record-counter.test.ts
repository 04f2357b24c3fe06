import { array, assert as check, constantFrom, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { byteCounter, lineCounter } from "../../../agent/consumer/guards/record-counter.ts";

function count(text: string, comment?: string): number {
  const counter = lineCounter(comment);
  counter.add(Buffer.from(text));
  return counter.count();
}

describe("records that are lines", () => {
  test.each([
    ["", 0],
    ["\n\n\r\n", 0],
    ["a\nb\n", 2],
    ["a\nb", 2],
    ["a\r\n\r\nb\r\n", 2],
    [" \n", 1],
  ])("%j has %i", (text, expected) => {
    expect(count(text)).toBe(expected);
  });

  test.each([
    ["# a\nb\n#\n", "#", 1],
    ["#a", "#", 0],
    ["/ a\n// b\n/\n", "//", 2],
    [" # a\n", "#", 1],
  ])("%j with comments that begin with %s has %i", (text, comment, expected) => {
    expect(count(text, comment)).toBe(expected);
  });

  test("law: how the bytes are cut into pieces does not matter", () => {
    const text = array(constantFrom("#", "/", "a", "\r", "\n"), { maxLength: 60 });
    check(
      property(
        text,
        array(integer({ min: 1, max: 7 }), { minLength: 60, maxLength: 60 }),
        (letters, cuts) => {
          const whole = letters.join("");
          const records = whole
            .split("\n")
            .filter((line) => line !== "" && line !== "\r" && !line.startsWith("//"));
          const counter = lineCounter("//");
          let at = 0;
          for (const cut of cuts) {
            counter.add(Buffer.from(whole.slice(at, at + cut)));
            at += cut;
          }
          expect(counter.count()).toBe(records.length);
        },
      ),
    );
  });
});

test("records that are bytes", () => {
  const counter = byteCounter();
  counter.add(Buffer.alloc(3));
  counter.add(Buffer.alloc(4));
  expect(counter.count()).toBe(7);
});
