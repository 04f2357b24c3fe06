/** A small zstd frame that inflates to as much as one likes, written by hand (RFC 8878 §3.1.1). */

const blockBytes = 128 * 1024;
const rle = 1;
const raw = 0;

function blockHead(type: number, size: number, last: boolean): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
  return head;
}

/**
 * @param start what the content begins with
 * @param length bytes of zeros that follow, a multiple of 128 KiB
 */
export function zstdBomb(start: Buffer, length: number): Buffer {
  const count = length / blockBytes;
  const block = Buffer.concat([blockHead(rle, blockBytes, false), Buffer.of(0)]);
  const last = Buffer.concat([blockHead(rle, blockBytes, true), Buffer.of(0)]);
  return Buffer.concat([
    Buffer.from("28b52ffd0058", "hex"), // magic, no checksum or size, a window of 2 MiB
    blockHead(raw, start.length, false),
    start,
    ...Array<Buffer>(count - 1).fill(block),
    last,
  ]);
}
