/**
 * Making a VCDIFF delta (RFC 3284): what the old file has is copied, the rest is added. Repetition
 * within the new data is left to the compression around the delta.
 */
import { newAddressCache, writeAddress } from "./address-cache.ts";
import { type BlockIndex, indexBlocks } from "./block-index.ts";
import { codes } from "./code-table.ts";
import { findMatches, type Match } from "./find-matches.ts";
import { integerLength, writeInteger } from "./integers.ts";
import { limits } from "./limits.ts";

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

interface Sections {
  readonly data: Section;
  readonly instructions: Section;
  readonly addresses: Section;
}

function putAdd({ data, instructions }: Sections, bytes: Uint8Array): void {
  const size = bytes.length;
  if (size === 0) return;
  const byCode = size <= addsByCode;
  putInstruction(instructions, codes.add + (byCode ? size : 0), size, !byCode);
  reserve(data, size);
  data.bytes.set(bytes, data.length);
  data.length += size;
}

function sectionsOf(matches: Iterable<Match>, window: Buffer, baseLength: number): Sections {
  const sections = { data: newSection(), instructions: newSection(), addresses: newSection() };
  const { instructions, addresses } = sections;
  const cache = newAddressCache();
  let done = 0;
  for (const { at, from, length } of matches) {
    putAdd(sections, window.subarray(done, at));
    reserve(addresses, maxInstruction);
    const here = baseLength + at;
    const { mode, end } = writeAddress(cache, from, here, addresses.bytes, addresses.length);
    addresses.length = end;
    const byCode = length >= copiesByCode.from && length <= copiesByCode.to;
    const code = codes.copy + mode * codes.copyStep + (byCode ? length - 3 : 0);
    putInstruction(instructions, code, length, !byCode);
    done = at + length;
  }
  putAdd(sections, window.subarray(done));
  return sections;
}

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

function encodeWindow(index: BlockIndex, window: Buffer): Uint8Array[] {
  const { length } = index.base;
  const sections = sectionsOf(findMatches(index, window), window, length);
  const parts = [sections.data, sections.instructions, sections.addresses].map(contentOf);
  const lengths = parts.map((part) => part.length);
  return [headOf(length, window.length, lengths), ...parts];
}

const fileHead = Uint8Array.of(0xd6, 0xc3, 0xc4, 0x00, 0x00);

/**
 * Makes the delta from an old file to a new one.
 *
 * @param windows the new file in order, in pieces of at most `limits.window` bytes
 * @returns the delta, not compressed, in order
 */
export async function* encodeDelta(
  base: Buffer,
  windows: AsyncIterable<Buffer>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const index = indexBlocks(base);
  yield fileHead;
  for await (const window of windows) {
    if (window.length > limits.window) throw new RangeError("a window is too large");
    yield* encodeWindow(index, window);
  }
}
