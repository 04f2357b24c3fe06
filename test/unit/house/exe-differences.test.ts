/** The tests of the executable for Windows and what docs/windows.md says of them are the same. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { table } from "../../../docs/generator/markdown.ts";
import {
  differenceRows,
  leftOut,
  namedBy,
  otherwise,
  runsOnWindows,
} from "../../testkit/exe-differences.ts";
import { root } from "./sources.ts";

const blackbox = join(root, "test/blackbox");
const testFiles = readdirSync(blackbox, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".test.ts"),
);
const head = ["Test", "With the executable for Windows", "Why"];

describe("the blackbox tests with the executable for Windows", () => {
  test.each(testFiles)("%s runs there too, or it is said why not", (path) => {
    const thin = `test/windows/${basename(path, ".test.ts")}-exe.test.ts`;
    expect([thin, existsSync(join(root, thin))]).toEqual([thin, runsOnWindows(path)]);
  });

  test("no test is named that there is not", () => {
    const named = [...otherwise, ...leftOut].flatMap(namedBy);
    const paths = named.filter((name) => /[./]/.test(name));
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths)
      expect([path, existsSync(join(blackbox, path))]).toEqual([path, true]);
  });

  test("docs/windows.md shows every difference with its reason", () => {
    const page = readFileSync(join(root, "docs/windows.md"), "utf8");
    expect(page).toContain(`\n\n${table(head, differenceRows())}\n\n`);
  });
});
