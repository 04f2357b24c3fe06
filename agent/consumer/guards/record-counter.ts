/** Counting records chunk by chunk, in memory that does not grow with the file or its lines. */

/** Counts what it is given. */
export interface RecordCounter {
  add(chunk: Uint8Array): void;
  /** Records so far; a last line without its end counts. */
  count(): number;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

/** Counts bytes. */
export function byteCounter(): RecordCounter {
  let bytes = 0;
  return {
    add: (chunk) => {
      bytes += chunk.length;
    },
    count: () => bytes,
  };
}

/**
 * Counts lines that are not empty and do not begin with `comment`. Of each line only as many bytes
 * are kept as tell that.
 */
export function lineCounter(comment = ""): RecordCounter {
  const prefix = Buffer.from(comment);
  const head = Buffer.alloc(Math.max(prefix.length, 2));
  let headLength = 0;
  let lines = 0;

  function isRecord(): boolean {
    if (headLength === 0 || (headLength === 1 && head[0] === carriageReturn)) return false;
    const begins = headLength >= prefix.length && prefix.compare(head, 0, prefix.length) === 0;
    return prefix.length === 0 || !begins;
  }

  return {
    add: (chunk) => {
      for (let start = 0; start < chunk.length; ) {
        const found = chunk.indexOf(newline, start);
        const end = found < 0 ? chunk.length : found;
        const taken = Math.min(end - start, head.length - headLength);
        head.set(chunk.subarray(start, start + taken), headLength);
        headLength += taken;
        if (found < 0) return;
        if (isRecord()) lines += 1;
        headLength = 0;
        start = found + 1;
      }
    },
    count: () => lines + (isRecord() ? 1 : 0),
  };
}
