/**
 * Work grows with the size of what is read, not faster. Only ratios are held here: what a machine
 * needs in seconds is the benchmark's to say.
 */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../protocol/json.ts";
import { encodeSigned } from "../../../protocol/tuf/encode.ts";
import { parseEnvelope } from "../../../protocol/tuf/envelope.ts";
import { parseTargets } from "../../../protocol/tuf/parse.ts";
import { patternMatches } from "../../../protocol/tuf/patterns.ts";
import { signEnvelope } from "../../../protocol/tuf/sign.ts";
import { verifyEnvelope } from "../../../protocol/tuf/verify.ts";
import { namedSigner } from "../../testkit/memory-publisher.ts";

const signer = namedSigner("scale");
const signers = {
  keys: new Map([[signer.key.keyId, signer.key]]),
  keyIds: [signer.key.keyId],
  threshold: 1,
};
const maxBytes = 20_000_000;

/** The least CPU time of several runs, milliseconds. */
function cost(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/** So many times the input, and how many times the work that may take: what grows with the square takes 64. */
const factor = 8;
const atMost = 24;

/**
 * Whether work grows no faster than the input. A machine with much else to do disturbs single
 * measurements, but none of three is enough to let the square of the size pass for its own.
 */
function growsLinearly(small: () => void, large: () => void): boolean {
  return [1, 2, 3].some(() => cost(large) < atMost * cost(small) + 5);
}

async function targetsFile(count: number): Promise<Buffer> {
  const hashes = new Map([["sha256", "ab".repeat(32)]]);
  const targets = new Map(
    Array.from({ length: count }, (_, index) => {
      const path = `daily/file-${index}`;
      return [path, { path, length: index, hashes }] as const;
    }),
  );
  const common = { version: 1, expires: "2030-01-01T00:00:00Z", extra: {} };
  return signEnvelope(encodeSigned({ type: "targets", ...common, targets }), [signer]);
}

const refuse = (bytes: Buffer) => () => {
  try {
    verifyEnvelope(parseEnvelope(bytes, maxBytes), signers, "root");
  } catch {
    return;
  }
  throw new Error("accepted");
};

test("targets are read in time proportional to their number", async () => {
  const read = (bytes: Buffer) => () => {
    const { size } = parseTargets(
      verifyEnvelope(parseEnvelope(bytes, maxBytes), signers, "t"),
    ).targets;
    expect(size).toBeGreaterThan(0);
  };
  const [small, large] = [await targetsFile(3_000), await targetsFile(3_000 * factor)];
  expect(growsLinearly(read(small), read(large))).toBe(true);
}, 60_000);

describe("a document that nobody signed is refused in time proportional to its size:", () => {
  const spread = (count: number, entry: (index: number) => readonly [string, JsonValue]) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => entry(index)));
  const shapes: readonly (readonly [string, (count: number) => JsonValue])[] = [
    ["keys out of order", (count) => spread(count, (index) => [`k${count - index}`, 1])],
    [
      "keys beyond the basic plane",
      (count) => spread(count, (index) => [`\u{1f600}${count - index}`, 1]),
    ],
    [
      "keys with a long common beginning",
      (count) => spread(count / 20, (index) => [`${"x".repeat(300)}${count - index}`, 1]),
    ],
    ["many empty lists", (count) => Array.from({ length: count }, () => [])],
    ["one long string of escapes", (count) => '\\"\n'.repeat(count)],
    [
      "nested as deep as is allowed",
      (count) =>
        Array.from({ length: count / 50 }, () => JSON.parse(`${"[".repeat(50)}${"]".repeat(50)}`)),
    ],
  ];
  const document = (part: JsonValue, forged: boolean) => {
    const sig = { keyid: signer.key.keyId, sig: "ab".repeat(64) };
    return Buffer.from(JSON.stringify({ signatures: forged ? [sig] : [], signed: { part } }));
  };
  test.each(shapes)(
    "%s",
    (_name, shape) => {
      for (const forged of [false, true]) {
        const small = document(shape(5_000), forged);
        const large = document(shape(5_000 * factor), forged);
        expect(growsLinearly(refuse(small), refuse(large))).toBe(true);
      }
    },
    60_000,
  );

  test("what has no signature of a key that counts is not even brought into canonical form", () => {
    const part = spread(40_000, (index) => [`k${40_000 - index}`, 1]);
    expect(cost(refuse(document(part, false)))).toBeLessThan(cost(refuse(document(part, true))));
  });
});

test("a pattern of many wildcards costs at most the product of both lengths", () => {
  const match = (size: number) => () => {
    expect(patternMatches(`${"*a".repeat(size)}b`, "a".repeat(size * 5))).toBe(false);
  };
  expect(cost(match(400))).toBeLessThan(6 * cost(match(200)) + 5);
});
