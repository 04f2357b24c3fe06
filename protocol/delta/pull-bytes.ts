/** Bytes pulled out of chunks as they are asked for, up to a cap: what a delta is parsed from. */
import { damaged } from "./damage.ts";

/** Reads from the front of a stream. */
export interface BytePuller {
  /** Whether nothing is left. */
  atEnd(): Promise<boolean>;
  /** The next byte. */
  byte(): Promise<number>;
  /** Fills `into`. */
  fill(into: Uint8Array): Promise<void>;
}

/**
 * Pulls bytes out of chunks. Both `byte` and `fill` throw `trust.mismatch` at the end, and as soon
 * as the chunks hold more than `maxBytes`.
 */
export function pullBytes(chunks: AsyncIterator<Uint8Array>, maxBytes: number): BytePuller {
  let chunk: Uint8Array = new Uint8Array(0);
  let at = 0;
  let received = 0;

  async function more(): Promise<boolean> {
    while (at === chunk.length) {
      const next = await chunks.next();
      if (next.done === true) return false;
      chunk = next.value;
      at = 0;
      received += chunk.length;
      if (received > maxBytes) throw damaged(`inflates to more than ${maxBytes} bytes`);
    }
    return true;
  }

  async function fill(into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length; ) {
      if (!(await more())) throw damaged("is cut off");
      const count = Math.min(into.length - done, chunk.length - at);
      into.set(chunk.subarray(at, at + count), done);
      done += count;
      at += count;
    }
  }

  const one = new Uint8Array(1);
  return {
    atEnd: async () => !(await more()),
    byte: async () => {
      await fill(one);
      return one[0] ?? 0;
    },
    fill,
  };
}
