import { describe, expect, test } from "vitest";
import { houseViolationsOf } from "./house-rules.ts";
import { readSources } from "./sources.ts";

const header = "/** For a test. */\n";

describe("rules of the house", () => {
  test("no source file breaks one", () => {
    const all = readSources(/\.(ts|tsx|mjs|sh|css)$|^\.ci\/run$/);
    // These two spell out what is forbidden.
    const sources = all.filter(({ path }) => !path.startsWith("test/unit/house/house-rules."));
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap(houseViolationsOf)).toEqual([]);
  });

  test.each([
    ["301 lines", "a.ts", header + "x;\n".repeat(300)],
    ["a camel-case file", "host/fileSystem.ts", header],
    ["a camel-case folder", "host/commandLine/a.ts", header],
    ["a reminder", "a.ts", `${header}// TODO: later`],
    ["a skipped test", "a.test.ts", `test.skip("x", () => {});`],
    ["a singled-out group", "a.test.ts", `describe.only("x", () => {});`],
    ["an untyped parameter", "a.ts", `${header}const f = (x: any) => x;`],
    ["a cast through unknown", "a.ts", `${header}const x = y as unknown as string;`],
    ["a silenced compiler", "a.ts", `${header}// @ts-ignore\nx();`],
    ["no first comment", "a.ts", "export const x = 1;"],
  ])("refuses %s", (_, path, text) => {
    expect(houseViolationsOf({ path, text })).toHaveLength(1);
  });

  test("allows 300 lines, a skip at run time with a reason, and the word any in prose", () => {
    const text = `${header}// to: any TUF client\nskip("no browser: any");\n${"x;\n".repeat(297)}`;
    expect(houseViolationsOf({ path: "host/file-system.ts", text })).toEqual([]);
  });
});
