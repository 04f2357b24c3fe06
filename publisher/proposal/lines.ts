/** Counting the lines of text, chunk by chunk: most databases have one record a line. */

/** Counts what it is given. */
export interface LineCounter {
  add(chunk: Uint8Array): void;
  /** Lines so far, a last one without its end included; null if it is not text. */
  lines(): number | null;
}

/** Makes a counter. Bytes with a NUL among them are not text. */
export function makeLineCounter(): LineCounter {
  let count = 0;
  let last = 0x0a;
  let isText = true;
  return {
    add: (chunk) => {
      if (!isText || chunk.length === 0) return;
      isText = !chunk.includes(0);
      last = chunk.at(-1) ?? last;
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) count += 1;
    },
    lines: () => {
      if (!isText) return null;
      return last === 0x0a ? count : count + 1;
    },
  };
}
