/** Making and applying deltas in memory, chunk by chunk as they would come over a network. */
import { setImmediate as soon } from "node:timers/promises";

import { applyDelta } from "../../protocol/delta/apply.ts";
import type { Base } from "../../protocol/delta/base-reader.ts";
import { encodeDelta } from "../../protocol/delta/encode.ts";

/** Bytes as a stream of pieces. */
export async function* piecesOf(bytes: Buffer, pieceBytes = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** Bytes as an old file, which come later than they are asked for, as a disk's do. */
export const baseOf = (bytes: Buffer): Base => ({
  length: bytes.length,
  read: async (into, position) => {
    await soon();
    return bytes.copy(into, 0, position);
  },
});

/** The delta between two files, in windows of at most so many bytes. */
export async function deltaBetween(
  before: Buffer,
  after: Buffer,
  windowBytes = 1 << 20,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of encodeDelta(before, piecesOf(after, windowBytes), windowBytes)) {
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts);
}

/** What a delta makes of an old file. */
export async function applied(
  before: Buffer | Base,
  delta: Buffer,
  length: number,
  pieceBytes?: number,
): Promise<Buffer> {
  const base = Buffer.isBuffer(before) ? baseOf(before) : before;
  const chunks: Buffer[] = [];
  for await (const chunk of applyDelta(piecesOf(delta, pieceBytes), base, length)) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
