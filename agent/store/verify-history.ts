/**
 * `history --verify`: from the signed head backwards, each line vouches for the one before it by
 * its hash, so that the line that was changed, removed or moved can be named.
 */
import type { FileSystem } from "../../host/file-system.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { readLines, tryParse } from "./history.ts";
import { type HistoryPlaces, isSignedBy, readHead, type SignedHead } from "./history-head.ts";

/** A history that holds together. */
export interface VerifiedHistory {
  readonly lines: number;
  /** Lines that the signed head covers: all, or all but the last after a crash. */
  readonly signed: number;
}

const tampered = (message: string): VouchsafeError => new VouchsafeError("trust.tampered", message);

/** What is wrong where the line number `seq`, of hash `expected`, should be at `index`. */
function faultAt(
  lines: readonly string[],
  hashes: readonly Sha256[],
  index: number,
  seq: number,
  expected: Sha256,
): VouchsafeError {
  const elsewhere = hashes.indexOf(expected);
  if (elsewhere >= 0 && elsewhere < index) {
    return tampered(`Line ${index + 1} of the history was added, or moved there.`);
  }
  const line = lines[index];
  const found = line === undefined ? 0 : tryParse(line)?.seq;
  if (found !== undefined && found < seq) {
    if (found === seq - 1) return tampered(`Line ${seq} of the history was removed.`);
    return tampered(`Lines ${found + 1} to ${seq} of the history were removed.`);
  }
  return tampered(`Line ${index + 1} of the history was changed.`);
}

/** Walks back from the head. `lines` ends with what should be the signed line. */
function walkBack(lines: readonly string[], head: { size: number; sha256: Sha256 }): void {
  const hashes = lines.map((line) => sha256(line));
  let expected: Sha256 | null = head.sha256;
  let seq = head.size;
  let index = lines.length - 1;
  for (; expected !== null; index -= 1, seq -= 1) {
    const line = lines[index];
    const parsed = line === undefined ? undefined : tryParse(line);
    if (hashes[index] !== expected || parsed?.seq !== seq) {
      throw faultAt(lines, hashes, index, seq, expected);
    }
    expected = parsed.previous;
  }
  if (index >= 0) throw tampered("Line 1 of the history was added.");
}

/** Whether the last line follows the signed one, as a crash before the signature leaves it. */
function followsHead(lines: readonly string[], head: SignedHead): boolean {
  const parsed = tryParse(lines.at(-1) ?? "");
  return parsed?.seq === head.size + 1 && parsed.previous === head.sha256;
}

/**
 * Checks the whole history.
 *
 * @param publicKey the agent's; undefined where it has none, so that no head can be its own
 * @throws VouchsafeError `trust.tampered` naming the line; `format.newer`, `disk.*`
 */
export async function verifyHistory(
  fs: FileSystem,
  { history, historyHead }: HistoryPlaces,
  publicKey: Uint8Array | undefined,
): Promise<VerifiedHistory> {
  const lines = await readLines(fs, history);
  const head = await readHead(fs, historyHead);
  if (head.kind === "missing") {
    if (lines.length > 1) {
      const unproven = `the last ${lines.length} lines are unproven`;
      throw tampered(`The signed head of the history is missing: ${unproven}.`);
    }
    const [only] = lines;
    if (only !== undefined) walkBack(lines, { size: 1, sha256: sha256(only) });
    return { lines: lines.length, signed: 0 };
  }
  const own = head.kind === "ok" && publicKey !== undefined && isSignedBy(head.value, publicKey);
  if (!own) throw tampered("The signed head of the history was changed.");
  const ahead = followsHead(lines, head.value);
  walkBack(ahead ? lines.slice(0, -1) : lines, head.value);
  return { lines: lines.length, signed: head.value.size };
}
