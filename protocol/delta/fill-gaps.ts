/**
 * Short matches in the gaps that the search by blocks leaves. They are looked for only near where
 * the old file goes on beside the gap: from there an address costs little.
 */
import { equalAhead, equalBehind } from "./equal.ts";
import type { Match } from "./find-matches.ts";
import { gram, gramIndex } from "./gram-index.ts";

/** A shorter match that does not go straight on costs more than it saves. */
const leastMatch = 20;
/** How far from where the old file goes on it is searched, in bytes. */
const reach = 4096;
/** Longer gaps are news. */
const longestGap = 64 * 1024;
/** So many bytes of the old file are looked at for each of the new one. */
const effort = 4;

/** A stretch without a match that is worth a search, and where the old file goes on beside it. */
interface Gap {
  readonly start: number;
  readonly end: number;
  /** From its start to where the old file goes on after the match before. */
  readonly distance: number;
  /** The same, from the match behind it. */
  readonly distanceBehind: number;
}

function gapsOf(piece: Buffer, matches: readonly Match[], expected: number): readonly Gap[] {
  let [start, distance] = [0, expected];
  const gaps: Gap[] = [];
  for (const { at, from, length } of matches) {
    const distanceBehind = from - at;
    if (at > start) gaps.push({ start, end: at, distance, distanceBehind });
    start = at + length;
    distance = distanceBehind;
  }
  gaps.push({ start, end: piece.length, distance, distanceBehind: distance });
  return gaps.filter((gap) => {
    const length = gap.end - gap.start;
    return length >= gram && length <= longestGap;
  });
}

/**
 * Makes ready for an old file.
 *
 * @returns what adds to the matches of a piece those in its gaps; `expected` is the place in the
 *   old file where the piece may begin
 */
export function gapFiller(
  base: Buffer,
): (piece: Buffer, matches: readonly Match[], expected: number) => readonly Match[] {
  const index = gramIndex(base);
  const end = Math.max(0, base.length - gram + 1);

  /** Indexes the old file near a gap; returns how many bytes that took. */
  function cover({ start, end: stop, distance, distanceBehind }: Gap): number {
    const [low, high] = [Math.min(distance, distanceBehind), Math.max(distance, distanceBehind)];
    const clamp = (place: number): number => Math.min(Math.max(place, 0), end);
    const firstEnd = clamp(stop + low + reach);
    const ranges = [
      [clamp(start + low - reach), firstEnd],
      [Math.max(firstEnd, clamp(start + high - reach)), clamp(stop + high + reach)],
    ] as const;
    index.clear();
    let sum = 0;
    for (const [from, to] of ranges) {
      if (from >= to) continue;
      index.add(from, to);
      sum += to - from;
    }
    return sum;
  }

  /** A match at a place of a gap, straight on or from near by. */
  function matchAt(within: Buffer, at: number, lowest: number, distance: number) {
    const straight = at + distance;
    if (straight >= 0 && straight < end) {
      const length = equalAhead(within, at, base, straight);
      if (length >= gram) return { at, from: straight, length };
    }
    const from = index.find(within, at);
    if (from < 0) return undefined;
    const length = equalAhead(within, at, base, from);
    const back = length < gram ? 0 : equalBehind(within, at, lowest, base, from);
    if (back + length < leastMatch) return undefined;
    return { at: at - back, from: from - back, length: back + length };
  }

  function matchesIn(piece: Buffer, gap: Gap): readonly Match[] {
    const within = piece.subarray(0, gap.end);
    const found: Match[] = [];
    let { start: lowest, distance } = gap;
    for (let at = lowest; at + gram <= gap.end; ) {
      const match = matchAt(within, at, lowest, distance);
      if (match === undefined) {
        at += 1;
        continue;
      }
      found.push(match);
      distance = match.from - match.at;
      at = match.at + match.length;
      lowest = at;
    }
    return found;
  }

  return (piece, matches, expected) => {
    let left = piece.length * effort;
    const found: Match[] = [...matches];
    for (const gap of gapsOf(piece, matches, expected)) {
      if (left <= 0) break;
      left -= cover(gap);
      found.push(...matchesIn(piece, gap));
    }
    return found.toSorted((a, b) => a.at - b.at);
  };
}
