/**
 * Lines out of a stream of bytes, for the control socket and for what a child prints. A line that
 * is longer than its bound is an error, not memory.
 */

/** Takes chunks, gives whole lines. */
export interface LineSplitter {
  /**
   * Gives the lines that this chunk ends, without their line ends. What is not iterated is lost.
   * @throws RangeError when a line passes the bound; the splitter is of no use afterwards
   */
  push(chunk: Uint8Array): Iterable<string>;
}

const lineFeed = 0x0a;

/** @param maxBytes bound of one line, without its line end */
export function makeLineSplitter(maxBytes: number): LineSplitter {
  const parts: Uint8Array[] = [];
  let held = 0;
  const keep = (part: Uint8Array): void => {
    held += part.length;
    if (held > maxBytes) throw new RangeError(`a line is longer than ${maxBytes} bytes`);
    if (part.length > 0) parts.push(Uint8Array.from(part));
  };
  const take = (): string => {
    const line = Buffer.concat(parts, held).toString("utf8");
    parts.length = 0;
    held = 0;
    return line;
  };
  return {
    *push(chunk) {
      let from = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
        keep(chunk.subarray(from, end));
        yield take();
        from = end + 1;
      }
      keep(chunk.subarray(from));
    },
  };
}
