/**
 * Making a VCDIFF delta (RFC 3284): what the old file has is copied, the rest is added. Repetition
 * within the new data is left to the compression around the delta.
 */
import { constants, zstdCompressSync } from "node:zlib";
import { indexBlocks } from "./block-index.ts";
import { gapFiller } from "./fill-gaps.ts";
import { findMatches, type Match } from "./find-matches.ts";
import { limits } from "./limits.ts";
import { buildWindow } from "./window-builder.ts";

const fileHead = Uint8Array.of(0xd6, 0xc3, 0xc4, 0x00, 0x00);

/** A window that takes so many bytes already gets no more pieces: who applies it holds them all. */
const fullWindow = 1024 * 1024;

/** What is tried to compress a window, to see which of two is the better. */
const trial = { params: { [constants.ZSTD_c_compressionLevel]: 9 } };

type Sections = readonly Uint8Array[];
const compressedLength = (window: Sections): number =>
  zstdCompressSync(Buffer.concat(window), trial).length;

/**
 * One window, made twice: of long matches only, and of short ones as well. Short ones help where
 * what changes cannot be compressed, and harm where it is like what is added anyway.
 */
function twoWindows(baseLength: number) {
  const plain = buildWindow(baseLength);
  const filled = buildWindow(baseLength);
  let same = true;
  return {
    length: () => plain.length(),
    encodedLength: () => plain.encodedLength(),
    add: (piece: Buffer, long: readonly Match[], all: readonly Match[]): void => {
      plain.add(piece, long);
      filled.add(piece, all);
      same &&= long.length === all.length;
    },
    best: (): Sections => {
      const sections = plain.sections();
      if (same) return sections;
      const other = filled.sections();
      return compressedLength(other) < compressedLength(sections) ? other : sections;
    },
  };
}

/**
 * Makes the delta from an old file to a new one.
 *
 * @param pieces the new file in order; the largest window that fits makes the smallest delta, so
 *   pieces may be small
 * @param windowBytes how much of the new file a window may make
 * @returns the delta, not compressed, in order
 * @throws RangeError when a piece is larger than that
 */
export async function* encodeDelta(
  base: Buffer,
  pieces: AsyncIterable<Buffer>,
  windowBytes: number = limits.window,
): AsyncGenerator<Uint8Array, void, undefined> {
  const index = indexBlocks(base);
  const fillGaps = gapFiller(base);
  yield fileHead;
  let window = twoWindows(base.length);
  let expected = 0;
  for await (const piece of pieces) {
    if (piece.length > windowBytes) throw new RangeError("a piece is larger than a window");
    const isFull = window.encodedLength() >= fullWindow;
    if (isFull || window.length() + piece.length > windowBytes) {
      yield* window.best();
      window = twoWindows(base.length);
    }
    const matches = findMatches(index, piece, expected);
    window.add(piece, matches, fillGaps(piece, matches, expected));
    const last = matches.at(-1);
    if (last !== undefined) expected = last.from + piece.length - last.at;
  }
  if (window.length() > 0) yield* window.best();
}
