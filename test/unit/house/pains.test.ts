import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./sources.ts";

const rows = readFileSync(join(root, "docs/pains.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .slice(2)
  .map((line) => line.slice(1, -1).split(" | "))
  .map(([pain = "", file = "", name = ""]) => ({
    pain: pain.trim(),
    file: file.replaceAll("`", "").trim(),
    name: name.trim(),
  }));

describe("docs/pains.md names a test for each pain", () => {
  test("all of them", () => expect(rows.length).toBeGreaterThanOrEqual(26));

  test.each(rows)("$pain", ({ file, name }) => {
    const path = join(root, file);
    expect([file, existsSync(path)]).toEqual([file, true]);
    expect(name.length).toBeGreaterThan(10);
    expect(readFileSync(path, "utf8")).toContain(name);
  });
});
