/**
 * Applying a VCDIFF delta (RFC 3284) while it streams in. Memory is bounded by one window, time by
 * the lengths of both files; nothing that comes out is trusted before its hash is known.
 */
import { applyWindow } from "./apply-window.ts";
import { type Base, baseReader } from "./base-reader.ts";
import { damaged } from "./damage.ts";
import { limits, maxInflated } from "./limits.ts";
import { pullBytes } from "./pull-bytes.ts";
import { readHead, readWindow } from "./read-window.ts";

/** Lends one buffer again and again; it only grows. */
function lender(): (bytes: number) => Uint8Array {
  let buffer = new Uint8Array(0);
  return (bytes) => {
    if (buffer.length < bytes) buffer = new Uint8Array(bytes);
    return buffer;
  };
}

/** Lends two in turn. */
function twoInTurn(): (bytes: number) => Uint8Array {
  let [next, other] = [lender(), lender()];
  return (bytes) => {
    [next, other] = [other, next];
    return other(bytes);
  };
}

/**
 * Makes a new file out of an old one.
 *
 * @param delta the delta, not compressed, in chunks of any size
 * @param base the old file
 * @param length signed length of the new file in bytes
 * @returns the new file; a chunk is valid until the one after the next is asked for
 * @throws VouchsafeError `trust.mismatch` when the delta is not sound, or makes another length;
 *   whatever reading throws
 */
export async function* applyDelta(
  delta: AsyncIterable<Uint8Array>,
  base: Base,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = delta[Symbol.asyncIterator]();
  const reader = baseReader(base, length);
  try {
    const input = pullBytes(chunks, maxInflated(length));
    const takeBody = lender();
    const takeTarget = twoInTurn();
    await readHead(input);
    let room = limits.windows + Math.ceil(length / limits.windowEvery);
    let done = 0;
    while (!(await input.atEnd())) {
      room -= 1;
      if (room < 0) throw damaged("has too many windows");
      const window = await readWindow(input, base.length, length - done, takeBody);
      yield* applyWindow(window, reader, takeTarget);
      done += window.targetLength;
    }
    if (done !== length) throw damaged(`makes ${done} of ${length} bytes`);
  } finally {
    await reader.settled()?.catch(() => undefined); // the old file may be closed now
    await chunks.return?.();
  }
}
