/** Where each block of an old file lies, by a hash that can roll over a new one. */

/** Bytes of a block: what a match is found by. */
export const blockBytes = 32;

/** More blocks than these are not indexed: of a large file every second, fourth … one is. */
const maxBlocks = 2 ** 21;

/** Odd, and 3 modulo 8: its powers take long to repeat. */
const factor = 0x2c9277b5;
const spread = 0x9e3779b1;
const maxProbes = 4;

const power = (exponent: number): number => {
  let value = 1;
  for (let count = 0; count < exponent; count += 1) value = Math.imul(value, factor);
  return value;
};
const lane = blockBytes / 4;
const lanePower = power(lane);
/** What the byte that leaves a block counts for. */
const firstPower = power(blockBytes - 1);

/** An index over the blocks of an old file. */
export interface BlockIndex {
  readonly base: Buffer;
  /** From the start of an indexed block to that of the next, in bytes. */
  readonly stride: number;
  /** Numbers of indexed blocks, counted from 1; 0 is an empty slot. */
  readonly slots: Uint32Array;
  /** How far a spread hash is shifted to be a slot. */
  readonly shift: number;
}

/**
 * Hash of the block that begins at a place: the sum of its bytes times powers of a factor, modulo
 * 2^32. Four lanes, so that a processor need not wait for each product before the next.
 */
export function hashAt(bytes: Uint8Array, at: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let place = at; place < at + lane; place += 1) {
    a = (Math.imul(a, factor) + (bytes[place] ?? 0)) | 0;
    b = (Math.imul(b, factor) + (bytes[place + lane] ?? 0)) | 0;
    c = (Math.imul(c, factor) + (bytes[place + 2 * lane] ?? 0)) | 0;
    d = (Math.imul(d, factor) + (bytes[place + 3 * lane] ?? 0)) | 0;
  }
  const ab = (Math.imul(a, lanePower) + b) | 0;
  const abc = (Math.imul(ab, lanePower) + c) | 0;
  return (Math.imul(abc, lanePower) + d) | 0;
}

/** The hash of the block one byte further on. */
export function rollHash(hash: number, leaving: number, entering: number): number {
  return (Math.imul(hash - Math.imul(leaving, firstPower), factor) + entering) | 0;
}

/** The distance of indexed blocks in an old file of so many bytes. */
function strideFor(length: number): number {
  let stride = blockBytes;
  while (length / stride > maxBlocks) stride *= 2;
  return stride;
}

/** Indexes an old file. Takes 8 to 16 bytes of memory for each indexed block. */
export function indexBlocks(base: Buffer): BlockIndex {
  const stride = strideFor(base.length);
  const count = Math.floor((base.length - blockBytes) / stride) + 1;
  const bits = Math.max(4, Math.ceil(Math.log2(Math.max(count, 1))) + 1);
  const slots = new Uint32Array(2 ** bits);
  const shift = 32 - bits;
  for (let block = 0; block < count; block += 1) {
    const hash = hashAt(base, block * stride);
    const first = Math.imul(hash, spread) >>> shift;
    for (let probe = first; probe < first + maxProbes && probe < slots.length; probe += 1) {
      if (slots[probe] === 0) {
        slots[probe] = block + 1;
        break;
      }
    }
  }
  return { base, stride, slots, shift };
}

/** Whether the blocks at two places are equal. */
export function sameBlock(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (let offset = 0; offset < blockBytes; offset += 1) {
    if (a[atA + offset] !== b[atB + offset]) return false;
  }
  return true;
}

/** Where in the old file a block of the new one lies, or -1. */
export function findBlock(index: BlockIndex, hash: number, bytes: Uint8Array, at: number): number {
  const { base, stride, slots, shift } = index;
  const first = Math.imul(hash, spread) >>> shift;
  for (let probe = first; probe < first + maxProbes; probe += 1) {
    const slot = slots[probe] ?? 0;
    if (slot === 0) return -1;
    const place = (slot - 1) * stride;
    if (sameBlock(base, place, bytes, at)) return place;
  }
  return -1;
}
