import { describe, expect, test } from "vitest";
import { importsOf } from "./imports.ts";
import { readSources } from "./sources.ts";

const product = /^(agent|publisher|console|host|protocol)\/.*\.ts$/;
const packaging = /^build\/.*\.ts$/;
const tests = /^(test\/.*|vitest\.config)\.ts$/;

/** The packages that the product was asked to be built on, and where each does its work. */
const named: readonly (readonly [string, RegExp])[] = [
  ["got", product],
  ["node-cron", product],
  ["systeminformation", product],
  ["tweetnacl", product],
  ["winston", product],
  ["@yao-pkg/pkg", packaging],
  ["vitest", tests],
];

describe("every package that was asked for does real work", () => {
  test.each(named)("%s", (name, where) => {
    const users = readSources(where).filter(
      (source) =>
        importsOf(source).some((used) => used === name || used.startsWith(`${name}/`)) ||
        source.text.includes(`resolve("${name}/`),
    );
    expect(users.map(({ path }) => path)).not.toEqual([]);
  });
});
