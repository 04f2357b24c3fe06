import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { table } from "../../../docs/generator/markdown.ts";
import { generatedPages } from "../../../docs/generator/pages.ts";
import { root } from "./sources.ts";

describe("pages that are generated from the code", () => {
  test.each(Object.entries(generatedPages()))("%s is fresh (else: npm run docs)", (path, text) => {
    expect(readFileSync(join(root, path), "utf8")).toBe(text);
  });

  test("a cell cannot break its table", () => {
    expect(table(["a"], [["x|y\nz"]])).toBe("| a |\n| --- |\n| x\\|y z |");
  });
});
