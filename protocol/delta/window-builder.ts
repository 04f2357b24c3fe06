/** A window of a delta that is being made (RFC 3284 §4.3): three sections that grow. */
import { newAddressCache, writeAddress } from "./address-cache.ts";
import { codes } from "./code-table.ts";
import type { Match } from "./find-matches.ts";
import { integerLength, writeInteger } from "./integers.ts";

/** Bytes that grow at their end. */
interface Section {
  bytes: Uint8Array;
  length: number;
}

const newSection = (): Section => ({ bytes: new Uint8Array(4096), length: 0 });
const contentOf = ({ bytes, length }: Section): Uint8Array => bytes.subarray(0, length);

/** Makes room for so many more bytes. */
function reserve(section: Section, more: number): void {
  const needed = section.length + more;
  if (needed <= section.bytes.length) return;
  const larger = new Uint8Array(Math.max(needed, section.bytes.length * 2));
  larger.set(contentOf(section));
  section.bytes = larger;
}

/** A code and the integer behind it take no more. */
const maxInstruction = 8;

function putInstruction(section: Section, code: number, size: number, follows: boolean): void {
  reserve(section, maxInstruction);
  section.bytes[section.length] = code;
  section.length += 1;
  if (follows) section.length = writeInteger(section.bytes, section.length, size);
}

/** Codes 2 to 18 add 1 to 17 bytes; code 1 adds as many as the integer behind it says. */
const addsByCode = 17;
/** Likewise 15 codes of each mode copy 4 to 18 bytes. */
const copiesByCode = { from: 4, to: 18 };

/** The head of a window; the whole old file is its source segment. */
function headOf(baseLength: number, target: number, lengths: readonly number[]): Uint8Array {
  const sizes = [target, 0, ...lengths];
  const sum = lengths.reduce((total, length) => total + length, 0);
  const encoding = sizes.reduce((total, size) => total + integerLength(size), sum);
  const segment = baseLength === 0 ? [0] : [1, baseLength, 0];
  const head = new Uint8Array(80);
  let end = 0;
  for (const value of [...segment, encoding, ...sizes]) end = writeInteger(head, end, value);
  return head.subarray(0, end);
}

/** A window to be filled, piece by piece. */
export interface WindowBuilder {
  /** Bytes of the new file in it so far. */
  length(): number;
  /** Bytes that it takes so far, about. */
  encodedLength(): number;
  /** Adds the next piece of the new file. `matches` are counted from its start, in order. */
  add(piece: Buffer, matches: Iterable<Match>): void;
  /** The window: its head, data, instructions and addresses. */
  sections(): readonly Uint8Array[];
}

/** An empty window over an old file of so many bytes. */
export function buildWindow(baseLength: number): WindowBuilder {
  const [data, instructions, addresses] = [newSection(), newSection(), newSection()];
  const cache = newAddressCache();
  let length = 0;
  /** A copy that the next match may go on with. */
  let copy = { from: 0, length: 0 };

  function putAdd(bytes: Uint8Array): void {
    const size = bytes.length;
    const byCode = size <= addsByCode;
    putInstruction(instructions, codes.add + (byCode ? size : 0), size, !byCode);
    reserve(data, size);
    data.bytes.set(bytes, data.length);
    data.length += size;
    length += size;
  }

  function putCopy(): void {
    const { from, length: size } = copy;
    if (size === 0) return;
    reserve(addresses, maxInstruction);
    const here = baseLength + length;
    const { mode, end } = writeAddress(cache, from, here, addresses.bytes, addresses.length);
    addresses.length = end;
    const byCode = size >= copiesByCode.from && size <= copiesByCode.to;
    const code = codes.copy + mode * codes.copyStep + (byCode ? size - 3 : 0);
    putInstruction(instructions, code, size, !byCode);
    length += size;
    copy = { from: 0, length: 0 };
  }

  function putBetween(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    putCopy();
    putAdd(bytes);
  }

  function add(piece: Buffer, matches: Iterable<Match>): void {
    let done = 0;
    for (const match of matches) {
      putBetween(piece.subarray(done, match.at));
      if (match.from !== copy.from + copy.length) putCopy();
      const goesOn = copy.length > 0;
      copy = goesOn
        ? { from: copy.from, length: copy.length + match.length }
        : { from: match.from, length: match.length };
      done = match.at + match.length;
    }
    putBetween(piece.subarray(done));
  }

  return {
    length: () => length + copy.length,
    encodedLength: () => data.length + instructions.length + addresses.length,
    add,
    sections: () => {
      putCopy();
      const parts = [data, instructions, addresses].map(contentOf);
      const lengths = parts.map((part) => part.length);
      return [headOf(baseLength, length, lengths), ...parts];
    },
  };
}
