/** Hostile input of the kinds that several properties share. */
import * as fc from "fast-check";
import type { JsonValue } from "../../../protocol/json.ts";

/** A change of some bytes, as data. */
export interface ByteChange {
  readonly kind: "flip" | "set" | "insert" | "delete" | "cut" | "repeat" | "swap";
  readonly at: number;
  readonly value: number;
  readonly length: number;
}

/** One change of bytes. */
export const byteChange: fc.Arbitrary<ByteChange> = fc.record({
  kind: fc.constantFrom("flip", "set", "insert", "delete", "cut", "repeat", "swap"),
  at: fc.nat(1_000_000),
  value: fc.nat(255),
  length: fc.integer({ min: 1, max: 40 }),
});

/** The bytes with a change made in them. */
export function changeBytes(bytes: Uint8Array, change: ByteChange): Buffer {
  const { kind, value, length } = change;
  const at = change.at % Math.max(1, bytes.length);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (kind) {
    case "flip":
      return Buffer.concat([
        before,
        Buffer.from([(bytes[at] ?? 0) ^ (value || 1)]),
        after.subarray(1),
      ]);
    case "set":
      return Buffer.concat([before, Buffer.from([value]), after.subarray(1)]);
    case "insert":
      return Buffer.concat([before, Buffer.from([value]), after]);
    case "delete":
      return Buffer.concat([before, after.subarray(length)]);
    case "cut":
      return Buffer.from(before);
    case "repeat":
      return Buffer.concat([before, after.subarray(0, length), after]);
    case "swap":
      return Buffer.concat([
        before,
        after.subarray(length, 2 * length),
        after.subarray(0, length),
        after.subarray(2 * length),
      ]);
  }
}

/** Names that JavaScript, file systems or people trip over. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "..",
    ".",
    "a/../b",
    "a//b",
    "/a",
    "a/",
    "a\\b",
    "CON",
    "con.txt",
    "lpt1",
    "a:b",
    "a.",
    "a ",
    "e\u0301",
    "\u0000",
    "\ud800",
    "\u{10000}",
    "\u202e",
  ),
  fc.integer({ min: 0, max: 3000 }).map((length) => "n".repeat(length)),
);

/** Any JSON value, names of Object.prototype and unsafe numbers among its parts. */
export const anyJson: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthIdentifier: "json" },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    oddText,
    fc.array(tie("value"), { maxLength: 5, depthIdentifier: "json" }),
    fc
      .array(fc.tuple(oddText, tie("value")), { maxLength: 5, depthIdentifier: "json" })
      .map((pairs): JsonValue => Object.fromEntries(pairs)),
  ),
})).value;

/** Text that is JSON more often than random bytes are: any JSON value, with bytes changed. */
export const nearlyJson: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes): Buffer => Buffer.from(bytes)),
  fc
    .tuple(anyJson, fc.array(byteChange, { maxLength: 2 }))
    .map(([value, changes]) =>
      changes.reduce<Buffer>(
        (bytes, change) => changeBytes(bytes, change),
        Buffer.from(JSON.stringify(value)),
      ),
    ),
  fc
    .record({ open: fc.constantFrom("[", '{"a":', '[{"":'), depth: fc.nat(20_000) })
    .map(({ open, depth }): Buffer => Buffer.from(open.repeat(depth))),
);
