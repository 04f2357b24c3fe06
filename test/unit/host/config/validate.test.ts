/** Configuration files: merged, checked, and every mistake told with its file and line. */
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { durationField, rateField, sizeField } from "../../../../host/config/fields.ts";
import { validateConfig } from "../../../../host/config/load.ts";
import { mergeConfig } from "../../../../host/config/merge.ts";
import { parseConfigSource } from "../../../../host/config/source.ts";

const schema = z.strictObject({
  repository: z.strictObject({ url: z.union([z.url(), z.array(z.url())]), root: z.string() }),
  databases: z.record(
    z.string(),
    z.strictObject({
      keep: z.prefault(z.int().check(z.gte(1), z.lte(9)), 2),
      consumer: z.optional(
        z.discriminatedUnion("type", [
          z.strictObject({ type: z.literal("command"), trial: z.array(z.string()) }),
          z.strictObject({ type: z.literal("clamav"), clamd: z.string() }),
        ]),
      ),
    }),
  ),
  idle: z.prefault(durationField({ min: "1s", max: "1h" }), "30s"),
  cache: z.optional(sizeField({ min: "1kB", max: "1GB" })),
  rate: z.optional(rateField({ min: "1kB/s", max: "1GB/s" })),
});

const good = `repository:
  url: https://updates.example.com/
  root: /etc/root.json
databases:
  daily: { keep: 3 }
`;

const load = (...texts: string[]) =>
  validateConfig(
    texts.map((text, index) => parseConfigSource(`${index}.yaml`, Buffer.from(text))),
    schema,
  );

describe("a configuration", () => {
  test("is read with defaults and units", () => {
    expect(load(`${good}idle: 90s\ncache: 5MB\nrate: 1MB/s\n`)).toEqual({
      repository: { url: "https://updates.example.com/", root: "/etc/root.json" },
      databases: { daily: { keep: 3 } },
      idle: 90_000,
      cache: 5_000_000,
      rate: 1_000_000,
    });
    expect(load(good).idle).toBe(30_000);
  });

  test("is overlaid by later files, key by key", () => {
    const merged = load(good, "databases: { extra: {} }", "databases: { daily: { keep: 4 } }");
    expect(merged.databases).toEqual({ daily: { keep: 4 }, extra: { keep: 2 } });
    expect(merged.repository.root).toBe("/etc/root.json");
  });
});

describe("a mistake is told in one sentence:", () => {
  test.each([
    ["an unknown key", `${good}idel: 30s\n`, '0.yaml:6: unknown key "idel"; did you mean "idle".'],
    [
      "an unknown key far inside",
      good.replace("keep", "kep"),
      '0.yaml:5: unknown key "databases.daily.kep"; did you mean "keep".',
    ],
    ["one without a neighbour", `${good}zzzzzz: 1\n`, '0.yaml:6: unknown key "zzzzzz".'],
    [
      "a key in a union",
      good.replace("keep: 3", "consumer: { type: command, trail: [a] }"),
      'unknown key "databases.daily.consumer.trail"; did you mean "trial"; 1 more like this.',
    ],
    ["a value out of bounds", `${good}idle: 2h\n`, '0.yaml:6: "idle": must be from 1s to 1h.'],
    [
      "a value without its unit",
      `${good}idle: 30\n`,
      '0.yaml:6: "idle": "30" is not a duration; write it like 30s or 1h30m.',
    ],
    ["a wrong type", good.replace("3", "many"), '0.yaml:5: "databases.daily.keep": expected'],
    ["a missing key", "databases: {}\n", '0.yaml: "repository": is missing.'],
    ["a missing key inside", good.replace(/ {2}root.*\n/, ""), '0.yaml:2: "repository.root": is'],
    [
      "a misspelt key rather than the one that it leaves missing",
      good.replace("databases", "databses"),
      '0.yaml:5: unknown key "databses"; did you mean "databases"; 1 more like this.',
    ],
    ["something that is no map", "- a\n- b\n", "0.yaml: expected a map, received a list."],
    ["nothing at all", "", '0.yaml: "repository": is missing; 1 more like this.'],
  ])("%s", (_, text, message) => {
    expect(() => load(text)).toThrow(
      expect.objectContaining({
        code: "config.invalid",
        message: expect.stringContaining(message),
      }),
    );
  });

  test("in the file that says it", () => {
    expect(() => load(`${good}idle: 1h\n`, "# more\n\nidle: 2h\n")).toThrow(
      '1.yaml:3: "idle": must be',
    );
  });
});

describe("what is not YAML is refused:", () => {
  test.each([
    ["a broken line", "a: [1\nb: 2\n", /^0\.yaml:\d: .+\.$/],
    ["a key given twice", "a: 1\na: 2\n", /^0\.yaml:2: Map keys must be unique\.$/],
    [
      "many aliases",
      `a: &a [1,1]\nb: &b [${"*a,".repeat(30)}]\nc: [${"*b,".repeat(30)}]\n`,
      /refers/,
    ],
    ["great depth", "[".repeat(500_000), /^0\.yaml: it is nested too deep\.$/],
    ["great depth in lists", "- ".repeat(500_000), /nested too deep/],
    ["great depth in keys", "? ".repeat(500_000), /nested too deep/],
    ["a tag that makes something else", "a: !!js/function 'x'\n", /^0\.yaml:1: /],
  ])("%s", (_, text, message) => {
    expect(() => load(text)).toThrow(
      expect.objectContaining({
        code: "config.syntax",
        message: expect.stringMatching(message),
      }),
    );
  });

  test("a staircase, in a bounded time", () => {
    const stairs = Array.from({ length: 1400 }, (_, step) => `${" ".repeat(step)}a:`).join("\n");
    const started = performance.now();
    expect(() => load(stairs)).toThrow(expect.objectContaining({ class: "usage" }));
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test("bytes that are no text", () => {
    const parse = () => parseConfigSource("a.yaml", Uint8Array.of(0x61, 0xff, 0xfe));
    expect(parse).toThrow("a.yaml: it is not UTF-8 text.");
  });
});

describe("mergeConfig", () => {
  test("replaces lists and scalars, merges maps", () => {
    const earlier = { a: { x: 1, y: [1, 2] }, b: 1 };
    expect(mergeConfig(earlier, { a: { y: [3] }, c: 2 })).toEqual({
      a: { x: 1, y: [3] },
      b: 1,
      c: 2,
    });
    expect(mergeConfig({ a: { x: 1 } }, { a: null })).toEqual({ a: null });
  });

  test("does not reach the prototype of anything", () => {
    const hostile: unknown = JSON.parse('{"__proto__": {"polluted": true}}');
    mergeConfig({ a: 1 }, hostile);
    mergeConfig(hostile, hostile);
    expect({}).not.toHaveProperty("polluted");
    expect(() => load(`${good}__proto__: { idle: 1 }\n`)).toThrow("__proto__");
  });
});
