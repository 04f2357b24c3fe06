/** What of a piece of the new file is found in the old one: the greedy choice, longest way both ways. */
import {
  type BlockIndex,
  blockBytes,
  findBlock,
  hashAt,
  rollHash,
  sameBlock,
} from "./block-index.ts";
import { equalAhead, equalBehind } from "./equal.ts";

/** A stretch of the piece that the old file has too. */
export interface Match {
  /** In the piece. */
  readonly at: number;
  /** In the old file. */
  readonly from: number;
  readonly length: number;
}

/** A copy from afar costs up to ten bytes: a shorter match is not worth it, compressed. */
const leastFarMatch = 128;
/** So near to where the last match ended, the address costs little. Bytes. */
const nearness = 4096;

/**
 * Finds matches of a piece of the new file, in order and without overlap. Where one ends, the old
 * file is first tried at the same distance: most changes replace something by something of its length.
 *
 * @param expected the place in the old file where the piece may begin
 */
export function findMatches(index: BlockIndex, piece: Buffer, expected: number): Match[] {
  const { base } = index;
  const matches: Match[] = [];
  const lastStart = piece.length - blockBytes;
  let behind = 0;
  let distance = expected;
  let at = 0;
  let hash = lastStart < 0 ? 0 : hashAt(piece, 0);
  while (at <= lastStart) {
    const straight = at + distance;
    const goesOn =
      straight >= 0 && straight + blockBytes <= base.length && sameBlock(base, straight, piece, at);
    const from = goesOn ? straight : findBlock(index, hash, piece, at);
    const back = from < 0 ? 0 : equalBehind(piece, at, behind, base, from);
    const ahead = from < 0 ? 0 : equalAhead(piece, at, base, from);
    const isNear = Math.abs(from - straight) < nearness;
    if (from < 0 || (back + ahead < leastFarMatch && !isNear)) {
      hash = rollHash(hash, piece[at] ?? 0, piece[at + blockBytes] ?? 0);
      at += 1;
      continue;
    }
    matches.push({ at: at - back, from: from - back, length: back + ahead });
    distance = from - at;
    behind = at + ahead;
    at = behind;
    if (at <= lastStart) hash = hashAt(piece, at);
  }
  return matches;
}
