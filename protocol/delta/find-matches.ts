/** What of a new window is found in the old file: the greedy choice, longest way both ways. */
import {
  type BlockIndex,
  blockBytes,
  findBlock,
  hashAt,
  rollHash,
  sameBlock,
} from "./block-index.ts";

/** A stretch of the window that the old file has too. */
export interface Match {
  /** In the window. */
  readonly at: number;
  /** In the old file. */
  readonly from: number;
  readonly length: number;
}

const longestStep = 64 * 1024;
const byteWise = 128;

/** How many bytes are equal from two places on; long stretches are compared by the runtime. */
function equalAhead(a: Buffer, atA: number, b: Buffer, atB: number): number {
  const max = Math.min(a.length - atA, b.length - atB);
  let length = 0;
  let step = byteWise * 2;
  while (length + step <= max && step >= byteWise) {
    const [x, y] = [atA + length, atB + length];
    if (a.compare(b, y, y + step, x, x + step) === 0) {
      length += step;
      step = Math.min(step * 2, longestStep);
    } else step /= 2;
  }
  while (length < max && a[atA + length] === b[atB + length]) length += 1;
  return length;
}

/** How many bytes are equal before two places, down to a lower bound of the first. */
function equalBehind(a: Buffer, atA: number, lowest: number, b: Buffer, atB: number): number {
  const max = Math.min(atA - lowest, atB);
  let length = 0;
  while (length < max && a[atA - length - 1] === b[atB - length - 1]) length += 1;
  return length;
}

/**
 * Finds matches of a window, in order and without overlap. Where one ends, the old file is first
 * tried at the same distance: most changes replace something by something of its length.
 */
export function* findMatches(index: BlockIndex, window: Buffer): Generator<Match> {
  const { base } = index;
  const lastStart = window.length - blockBytes;
  let behind = 0;
  let distance = 0;
  let at = 0;
  let hash = lastStart < 0 ? 0 : hashAt(window, 0);
  while (at <= lastStart) {
    const straight = at + distance;
    const goesOn =
      straight >= 0 &&
      straight + blockBytes <= base.length &&
      sameBlock(base, straight, window, at);
    const from = goesOn ? straight : findBlock(index, hash, window, at);
    if (from < 0) {
      hash = rollHash(hash, window[at] ?? 0, window[at + blockBytes] ?? 0);
      at += 1;
      continue;
    }
    const back = equalBehind(window, at, behind, base, from);
    const ahead = equalAhead(window, at, base, from);
    yield { at: at - back, from: from - back, length: back + ahead };
    distance = from - at;
    behind = at + ahead;
    at = behind;
    if (at <= lastStart) hash = hashAt(window, at);
  }
}
