import { describe, expect, test } from "vitest";
import { applyDelta } from "../../../protocol/delta/apply.ts";
import type { Base } from "../../../protocol/delta/base-reader.ts";
import { limits, maxInflated } from "../../../protocol/delta/limits.ts";
import { noise } from "../../testkit/database-pairs.ts";
import {
  deltaHead,
  deltaOf,
  integer,
  type WindowParts,
  windowOf,
} from "../../testkit/delta-builder.ts";
import { applied, baseOf } from "../../testkit/delta-work.ts";

const old = Buffer.from("abcdefghijklmnop");
const bytes = (text: string): number[] => [...Buffer.from(text)];
/** Codes of RFC 3284 §5.6. */
const code = { run: 0, add: 1, copySelf: 19, copyHere: 35, copySame: 19 + 16 * 6 };

/** An old file, and how many reads of it have begun and ended. */
function counted(content: Buffer) {
  const plain = baseOf(content);
  const counts = { begun: 0, ended: 0 };
  const base: Base = {
    length: plain.length,
    read: (into, position) => {
      counts.begun += 1;
      return plain.read(into, position).finally(() => (counts.ended += 1));
    },
  };
  return { base, counts };
}

/** The window of RFC 3284 §3. */
const rfc: WindowParts = {
  source: [16, 0],
  target: 28,
  data: bytes("wxyzz"),
  instructions: [20, 5, 20, code.copySelf, 12, code.run, 4],
  addresses: [0, 4, 24],
};

describe("a delta is applied", () => {
  test("the example of RFC 3284 §3, with a copy out of what it writes itself", async () => {
    const made = await applied(old, deltaOf(rfc), 28);
    expect(made.toString()).toBe("abcdwxyzefghefghefghefghzzzz");
  });

  test("piece by piece as it comes, one byte at a time", async () => {
    const made = await applied(old, deltaOf(rfc, rfc), 56, 1);
    expect(made.toString()).toBe("abcdwxyzefghefghefghefghzzzz".repeat(2));
  });

  test("with each window's addresses counted from its own source segment", async () => {
    const window = { source: [4, 8], target: 4, instructions: [20], addresses: [0] } as const;
    expect((await applied(old, deltaOf(window), 4)).toString()).toBe("ijkl");
  });

  test("with a copy that begins in the old file and ends in the new one", async () => {
    const window = {
      source: [4, 0],
      target: 8,
      data: bytes("XY"),
      instructions: [3, code.copySelf, 6],
      addresses: [0],
    } as const;
    expect((await applied(old, deltaOf(window), 8)).toString()).toBe("XYabcdXY");
  });

  test("with addresses relative to here and to those used before", async () => {
    const window = {
      source: [16, 0],
      target: 16,
      // SELF 300 would be two digits; here: HERE 16, near slot 0, the same address again.
      instructions: [code.copyHere + 1, code.copySelf + 16 * 2 + 1, code.copySame + 1, 20],
      addresses: [16, 4, 4, 12],
    } as const;
    expect((await applied(old, deltaOf(window), 16)).toString()).toBe("abcdefghefghmnop");
  });

  test("with codes that are two instructions", async () => {
    // 163: ADD 1 and COPY 4 SELF; 247: COPY 4 SELF and ADD 1.
    const window = {
      source: [16, 0],
      target: 10,
      data: bytes("12"),
      instructions: [163, 247],
      addresses: [0, 8],
    } as const;
    expect((await applied(old, deltaOf(window), 10)).toString()).toBe("1abcdijkl2");
  });

  test("reading an old file that gives less than it is asked for", async () => {
    const base = {
      length: 16,
      read: async (into: Uint8Array, position: number) => {
        return old.copy(into, 0, position, position + 3);
      },
    };
    expect((await applied(base, deltaOf(rfc), 28)).toString()).toMatch(/^abcdwxyz/);
  });
});

const sound = { source: [16, 0], target: 4, instructions: [20], addresses: [0] } as const;
const head = (second: number): Buffer => Buffer.from([...deltaHead.slice(0, 4), second]);

describe("what is not sound is refused as trust.mismatch:", () => {
  const cases: readonly [string, Buffer, number?][] = [
    ["no delta at all", Buffer.from("PK\u0003\u0004 something else")],
    ["nothing", Buffer.alloc(0)],
    ["secondary compression in the head", head(1)],
    ["a code table of its own", head(2)],
    ["an application header", head(4)],
    ["another version", Buffer.from([0xd6, 0xc3, 0xc4, 0x53, 0])],
    ["VCD_TARGET", deltaOf({ ...sound, flags: 2 })],
    ["source and target at once", deltaOf({ ...sound, flags: 3 })],
    ["a checksum", deltaOf({ ...sound, flags: 5 })],
    ["secondary compression in a window", deltaOf({ ...sound, compression: 1 })],
    ["a source segment beyond the old file", deltaOf({ ...sound, source: [16, 1] })],
    ["a segment whose end is beyond all integers", deltaOf({ ...sound, source: [16, 2 ** 53] })],
    ["a copy from beyond the segment and the target", deltaOf({ ...sound, addresses: [16] })],
    [
      "a copy from before the beginning",
      deltaOf({ ...sound, instructions: [36], addresses: [17] }),
    ],
    ["a copy longer than the window", deltaOf({ ...sound, instructions: [21] })],
    ["a copy shorter than the window", deltaOf({ ...sound, target: 5 }), 5],
    ["an addition longer than the data", deltaOf({ ...sound, data: [1], instructions: [5] })],
    ["a run without its byte", deltaOf({ ...sound, instructions: [0, 4], addresses: [] })],
    ["data that nothing uses", deltaOf({ ...sound, data: [1] })],
    ["addresses that nothing uses", deltaOf({ ...sound, addresses: [0, 0] })],
    ["an instruction without its size", deltaOf({ ...sound, instructions: [19], addresses: [] })],
    ["a copy without its address", deltaOf({ ...sound, addresses: [] })],
    ["an integer of eight digits", deltaOf({ ...sound, addresses: [...Array(7).fill(128), 0] })],
    ["parts longer than the window's encoding", deltaOf({ ...sound, lengths: [0, 1, 2] })],
    ["parts shorter than it", deltaOf({ ...sound, data: [7], lengths: [0, 1, 1] })],
    ["an encoding longer than the delta", deltaOf({ ...sound, encodingLength: 1000 })],
    ["something behind the last window", Buffer.concat([deltaOf(sound), Buffer.from([1])])],
    ["less than the signed length", deltaOf(sound), 5],
    ["more than the signed length", deltaOf(sound), 3],
    ["a window over the cap", deltaOf({ ...sound, target: limits.window + 1 }), 2 ** 30],
    [
      "a window's encoding over the cap",
      deltaOf({ ...sound, encodingLength: limits.windowEncoding + 1 }),
    ],
  ];

  test.each(cases)("%s", async (_, delta, length = 4) => {
    const refused = applied(old, delta, length);
    await expect(refused).rejects.toMatchObject({ code: "trust.mismatch" });
  });

  test("every beginning of a sound delta", async () => {
    const whole = deltaOf(rfc);
    for (let length = 0; length < whole.length; length += 1) {
      const refused = applied(old, whole.subarray(0, length), 28);
      await expect(refused).rejects.toMatchObject({ code: "trust.mismatch" });
    }
  });

  test("an old file that is shorter than it says", async () => {
    const base = { length: 16, read: async () => 0 };
    const refused = applied(base, deltaOf(sound), 4);
    await expect(refused).rejects.toThrow("needs an old file that is longer");
  });

  test("a failure to read the old file is told as it is", async () => {
    const base = { length: 16, read: () => Promise.reject(new Error("EIO")) };
    await expect(applied(base, deltaOf(sound), 4)).rejects.toThrow("EIO");
  });
});

describe("what a hostile delta may cost is bounded:", () => {
  test("the input, by the signed length: an endless one is left once it is over the cap", async () => {
    let given = 0;
    let closed = false;
    const long = Buffer.from(
      windowOf({ target: 0, data: Array<number>(9000).fill(0), instructions: [] }),
    );
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        yield Buffer.from([...deltaHead, 0, ...integer(limits.windowEncoding)]);
        for (;;) {
          given += long.length;
          yield long;
        }
      } finally {
        closed = true;
      }
    }
    await expect(applyDelta(endless(), baseOf(old), 1000).next()).rejects.toThrow(
      `inflates to more than ${maxInflated(1000)} bytes`,
    );
    expect(given).toBeLessThan(maxInflated(1000) + long.length);
    expect(closed).toBe(true);
  });

  test("windows, by the signed length: they may not all be empty or tiny", async () => {
    const empty = (count: number): Buffer =>
      deltaOf(...Array.from({ length: count }, () => ({ target: 0, instructions: [] })));
    const most = limits.windows;
    await expect(applied(old, empty(most), 0)).resolves.toHaveLength(0);
    const more = applied(old, empty(most + 1), 0);
    await expect(more).rejects.toThrow("has too many windows");
  });

  test("scattered reads of the old file, by the length of the new one", async () => {
    const { base, counts } = counted(noise("scattered", 4_000_000));
    const count = 10_000;
    const scattered = deltaOf({
      source: [base.length, 0],
      target: count * 4,
      instructions: Array<number>(count).fill(20),
      addresses: Array.from({ length: count }, (_, index) =>
        integer((index % 2) * 3_500_000 + index),
      ).flat(),
    });
    await expect(applied(base, scattered, count * 4)).resolves.toHaveLength(count * 4);
    counts.begun = 0;
    const worse = deltaOf({
      source: [base.length, 0],
      target: count * 4,
      instructions: Array<number>(count).fill(20),
      addresses: Array.from({ length: count }, (_, index) =>
        integer((index * 1_234_577) % 3_900_000),
      ).flat(),
    });
    await expect(applied(base, worse, count * 4)).rejects.toThrow("too many scattered places");
    expect(counts.begun).toBeLessThan(5000);
  });
});

test("when a delta has failed, nothing reads the old file any more: it may be closed", async () => {
  const { base, counts } = counted(noise("closed", 100_000));
  const addsTooMuch = deltaOf({
    source: [base.length, 0],
    target: 50_100,
    data: bytes("short"),
    instructions: [code.copySelf, ...integer(50_000), code.add, ...integer(100)],
    addresses: [0],
  });
  await expect(applied(base, addsTooMuch, 50_100)).rejects.toThrow("adds more than it holds");
  expect(counts.begun - counts.ended).toBe(0);
});
