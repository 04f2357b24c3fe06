/** Where short stretches of an old file lie, for one place of it after another. */

/** Bytes by which a stretch is found. */
export const gram = 8;

const slotBits = 16;

/** An index over some stretches of an old file. */
export interface GramIndex {
  /** Forgets all of them. */
  clear(): void;
  /** Adds what begins at the places from one to before another. */
  add(from: number, to: number): void;
  /** Where in the old file the bytes at a place may lie, or -1; the one added last. */
  find(bytes: Buffer, at: number): number;
}

/** An index over an old file, empty at first; takes 512 KiB of memory. */
export function gramIndex(base: Buffer): GramIndex {
  const places = new Int32Array(2 ** slotBits);
  const added = new Int32Array(2 ** slotBits);
  let round = 0;
  const slotOf = (bytes: Buffer, at: number): number => {
    const low = Math.imul(bytes.readInt32LE(at), 0x9e3779b1);
    const high = Math.imul(bytes.readInt32LE(at + 4), 0x85ebca6b);
    return (low ^ high) >>> (32 - slotBits);
  };
  return {
    clear: () => {
      round += 1;
    },
    add: (from, to) => {
      for (let at = from; at < to; at += 1) {
        const slot = slotOf(base, at);
        places[slot] = at;
        added[slot] = round;
      }
    },
    find: (bytes, at) => {
      const slot = slotOf(bytes, at);
      return added[slot] === round ? (places[slot] ?? -1) : -1;
    },
  };
}
