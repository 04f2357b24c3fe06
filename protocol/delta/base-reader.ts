/** Reading the old file at scattered places: short copies through a few kept blocks. */
import { damaged } from "./damage.ts";
import { limits } from "./limits.ts";

/** An old file. */
export interface Base {
  readonly length: number;
  /** Reads up to `into.length` bytes at a position; returns how many, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
}

/** Copies out of an old file. */
export interface BaseReader {
  /**
   * Fills `into` from a position, for sure once `settled` was awaited: long reads go on side by side.
   * Returns undefined where there is nothing else to wait for, because a promise for each of
   * millions of short copies would cost more than the copies.
   */
  copy(into: Uint8Array, position: number): Promise<void> | undefined;
  /** What ends when nothing is being read, or rejects then; undefined if that is so already. */
  settled(): Promise<void> | undefined;
}

const blockBytes = 16 * 1024;
const slots = 64;
/** So many bytes are read by themselves, beside others; fewer through a block that is kept. */
const longRead = 4 * 1024;
/** Blocks that are read at once where copies go on from one to the next. */
const longestRun = 16;

async function readFully(base: Base, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const count = await base.read(into.subarray(done), position + done);
    if (count === 0) throw damaged("needs an old file that is longer");
    done += count;
  }
}

async function allOf(reads: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(reads);
  const failed = outcomes.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

/**
 * A reader of an old file, in bounded memory, and with a bound on scattered reads: a delta that
 * copies every few bytes from another place would keep a disk busy for hours.
 *
 * @param targetLength of the new file
 */
export function baseReader(base: Base, targetLength: number): BaseReader {
  const memory = new Uint8Array(blockBytes * slots);
  const held = new Float64Array(slots).fill(-1);
  const maxReads = limits.scatteredReads + Math.ceil(targetLength / limits.readEvery);
  let reads = 0;
  let underWay: Promise<void>[] = [];
  /** The block after those that were read last, and how many they were. */
  let [next, run] = [-1, 1];

  const placeOf = (block: number): number => (block % slots) * blockBytes;

  /** Reads a block, and the more of those behind it the longer they have been wanted in order. */
  async function load(block: number): Promise<void> {
    const start = block * blockBytes;
    const wanted = block === next ? Math.min(run * 2, longestRun) : 1;
    const blocks = Math.ceil((base.length - start) / blockBytes);
    run = Math.min(wanted, slots - (block % slots), blocks);
    next = block + run;
    reads += run;
    if (reads > maxReads) throw damaged("copies from too many scattered places");
    const [slot, place] = [block % slots, placeOf(block)];
    const length = Math.min(run * blockBytes, base.length - start);
    held.fill(-1, slot, slot + run);
    await readFully(base, memory.subarray(place, place + length), start);
    for (let ahead = 0; ahead < run; ahead += 1) held[slot + ahead] = block + ahead;
  }

  /** Copies what lies in held blocks; returns how far that went. */
  function copyHeld(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const at = position + done;
      const block = Math.floor(at / blockBytes);
      if (held[block % slots] !== block) break;
      const offset = at - block * blockBytes;
      const count = Math.min(into.length - done, blockBytes - offset);
      const from = placeOf(block) + offset;
      into.set(memory.subarray(from, from + count), done);
      done += count;
    }
    return done;
  }

  async function copySlowly(into: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < into.length; ) {
      await load(Math.floor((position + done) / blockBytes));
      done += copyHeld(into.subarray(done), position + done);
    }
  }

  return {
    copy: (into, position) => {
      const done = copyHeld(into, position);
      if (done === into.length) return undefined;
      const rest = into.subarray(done);
      const from = position + done;
      if (rest.length < longRead) return copySlowly(rest, from);
      const reading = readFully(base, rest, from);
      reading.catch(() => undefined); // thrown by what awaits it
      underWay.push(reading);
      return undefined;
    },
    settled: () => {
      if (underWay.length === 0) return undefined;
      const begun = underWay;
      underWay = [];
      return allOf(begun);
    },
  };
}
