/** Values as people read them. */
import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatSeconds,
  formatTable,
  printable,
  wrapText,
} from "../../../../host/cli/format.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1.0 kB"],
  [126_000_000, "126.0 MB"],
  [999_960, "1.0 MB"],
  [5e15, "5000.0 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.25, "0.3 s"],
  [9, "9 s"],
  [59, "59 s"],
  [60, "1 min"],
  [3599, "1 h"],
  [7500, "2 h 5 min"],
  [90_061, "1 d 1 h"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test("a table has aligned columns and no trailing spaces", () => {
  expect(
    formatTable([
      ["NAME", "AGE", "NOTE"],
      ["daily", "2 h", ""],
      ["x", "10 min", "held"],
    ]),
  ).toBe("NAME   AGE     NOTE\ndaily  2 h\nx      10 min  held");
});

describe("printable", () => {
  test("takes out what steers a terminal", () => {
    expect(printable("a\u001b[31mred\u0007\u009b2J\r")).toBe("a?[31mred??2J?");
  });

  test("keeps letters of any script, line breaks and tabs", () => {
    expect(printable("Größe\t日本\n✓")).toBe("Größe\t日本\n✓");
  });
});

test.each([
  ["a bc def", 4, ["a bc", "def"]],
  [" a\n b  ", 10, ["a b"]],
  ["much-too-long a", 5, ["much-too-long", "a"]],
  ["exactly five", 7, ["exactly", "five"]],
  ["", 5, []],
])("%j in lines of %i is %j", (text, width, lines) => {
  expect(wrapText(text, width)).toEqual(lines);
});
