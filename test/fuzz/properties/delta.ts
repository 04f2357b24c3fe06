/** Laws of deltas: whatever one becomes, applying it makes the file or is refused, within its bounds. */
import * as fc from "fast-check";
import { sha256 } from "../../../protocol/bytes.ts";
import { maxInflated } from "../../../protocol/delta/limits.ts";
import { VouchsafeError } from "../../../protocol/errors.ts";
import { noise } from "../../testkit/database-pairs.ts";
import { integer } from "../../testkit/delta-builder.ts";
import { applied, deltaBetween } from "../../testkit/delta-work.ts";
import { same } from "../laws.ts";
import { type FuzzProperty, fuzzProperty } from "../property.ts";

const before = noise("before", 40_000);

/** Sound deltas of several shapes: edits, moves, many windows, nothing in common. */
const files: readonly Buffer[] = [
  Buffer.concat([before.subarray(0, 9000), noise("new", 700), before.subarray(9500)]),
  Buffer.concat([before.subarray(20_000), before.subarray(0, 20_000)]),
  Buffer.concat(
    Array.from({ length: 60 }, (_, index) => before.subarray(index * 601, index * 601 + 90)),
  ),
  noise("other", 3000),
];
const sound = await Promise.all(
  files.flatMap((after) =>
    [100_000, 5000].map(async (windowBytes) => ({
      after,
      digest: sha256(after),
      delta: await deltaBetween(before, after, windowBytes),
    })),
  ),
);

/** One change; places are taken modulo what is there. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant("byte"), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant("integer"), at: fc.nat(70), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant("cut"), at: fc.nat(), value: fc.nat(64) }),
  fc.record({ kind: fc.constant("repeat"), at: fc.nat(), value: fc.nat(4096) }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutated(bytes: Buffer, { kind, at, value }: Mutation): Buffer {
  const place = at % Math.max(1, bytes.length);
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (kind) {
    case "byte":
      return Buffer.concat([head, Buffer.of(value), tail.subarray(1)]);
    case "integer":
      return Buffer.concat([head, Buffer.from(integer(value)), tail.subarray(1)]);
    case "cut":
      return Buffer.concat([head, tail.subarray(value)]);
    case "repeat":
      return Buffer.concat([head, tail.subarray(0, value), tail]);
  }
}

/** Applies a delta, watching what it reads, and for how long. */
async function attempt(delta: Buffer, length: number, pieceBytes: number) {
  const start = process.cpuUsage();
  let outside = 0;
  const base = {
    length: before.length,
    read: async (into: Uint8Array, position: number) => {
      if (position < 0 || position + into.length > before.length) outside += 1;
      return before.copy(into, 0, position);
    },
  };
  const made = await applied(base, delta, length, pieceBytes).catch((error: unknown) => {
    if (error instanceof VouchsafeError && error.code === "trust.mismatch") return undefined;
    throw error;
  });
  same(outside, 0, "reads outside of the old file");
  const { user, system } = process.cpuUsage(start);
  if (user + system > maxMicroseconds) throw new Error(`took ${user + system} µs of CPU`);
  return { made };
}

/** Far more than 50 KB take, and far less than what grows without a bound. */
const maxMicroseconds = 2_000_000;

const falsified = fuzzProperty(
  "delta",
  "a falsified delta makes bytes of the signed length or is trust.mismatch, in bounded time, without reading elsewhere",
  fc.record({
    index: fc.nat(sound.length - 1),
    mutations: fc.array(mutation, { minLength: 1, maxLength: 6 }),
    pieceBytes: fc.integer({ min: 1, max: 3000 }),
  }),
  async ({ index, mutations, pieceBytes }) => {
    const sample = sound[index];
    if (sample === undefined) throw new Error("no sample");
    const { after, delta } = sample;
    const { made } = await attempt(mutations.reduce(mutated, delta), after.length, pieceBytes);
    if (made !== undefined) same(made.length, after.length, "length");
    const honest = await attempt(delta, after.length, pieceBytes);
    same(honest.made === undefined ? "" : sha256(honest.made), sample.digest, "an honest delta");
  },
);

const arbitrary = fuzzProperty(
  "delta-bytes",
  "arbitrary bytes behind the head of a delta are refused or make the signed length, however long they are",
  fc.record({ bytes: fc.uint8Array({ maxLength: 4000 }), length: fc.nat(5000) }),
  async ({ bytes, length }) => {
    const delta = Buffer.concat([Buffer.from("d6c3c40000", "hex"), bytes]);
    const { made } = await attempt(delta, length, 100);
    if (made !== undefined) {
      same(made.length, length, "length");
      same(delta.length <= maxInflated(length), true, "the bound on what comes in");
    }
  },
);

export const deltaProperties: readonly FuzzProperty[] = [falsified, arbitrary];
