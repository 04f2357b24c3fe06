/** The head of a delta and of each of its windows (RFC 3284 §4.1 to §4.3), checked to the byte. */
import { damaged } from "./damage.ts";
import { type Cursor, readInteger } from "./integers.ts";
import { limits } from "./limits.ts";
import type { BytePuller } from "./pull-bytes.ts";

const magic = [0xd6, 0xc3, 0xc4, 0x00] as const;
const windowFlags = { source: 1, target: 2 } as const;

/** One window: where it copies from, how much it makes, and the three sections that say how. */
export interface DeltaWindow {
  /** Of the source segment within the old file; 0 and 0 without one. */
  readonly sourcePosition: number;
  readonly sourceLength: number;
  readonly targetLength: number;
  readonly data: Cursor;
  readonly instructions: Cursor;
  readonly addresses: Cursor;
}

/** Reads the head of a delta: no secondary compression, no code table, no application header. */
export async function readHead(input: BytePuller): Promise<void> {
  for (const wanted of magic) {
    if ((await input.byte()) !== wanted) throw damaged("is no VCDIFF");
  }
  if ((await input.byte()) !== 0) throw damaged("uses a part of VCDIFF that is not taken");
}

/** An integer of the head of a window. */
async function integer(input: BytePuller): Promise<number> {
  const digits: number[] = [];
  do {
    digits.push(await input.byte());
  } while ((digits.at(-1) ?? 0) >= 128 && digits.length < 8);
  return readInteger({ bytes: Uint8Array.from(digits), at: 0, end: digits.length });
}

async function readSegment(input: BytePuller, flags: number, baseLength: number) {
  if (flags === windowFlags.target) throw damaged("copies from its own earlier windows");
  if (flags !== 0 && flags !== windowFlags.source) {
    throw damaged("uses a part of VCDIFF that is not taken");
  }
  if (flags === 0) return { sourceLength: 0, sourcePosition: 0 };
  const sourceLength = await integer(input);
  const sourcePosition = await integer(input);
  if (sourcePosition + sourceLength > baseLength) throw damaged("reads beyond the old file");
  return { sourceLength, sourcePosition };
}

/**
 * Reads one window.
 *
 * @param baseLength of the old file
 * @param room what is left of the signed length of the new file
 * @param takeBuffer lends a buffer of at least so many bytes until the next window
 * @throws VouchsafeError `trust.mismatch`
 */
export async function readWindow(
  input: BytePuller,
  baseLength: number,
  room: number,
  takeBuffer: (bytes: number) => Uint8Array,
): Promise<DeltaWindow> {
  const segment = await readSegment(input, await input.byte(), baseLength);
  const encodingLength = await integer(input);
  if (encodingLength > limits.windowEncoding) throw damaged("has a window that is too long");
  const body = takeBuffer(encodingLength).subarray(0, encodingLength);
  await input.fill(body);
  const head = { bytes: body, at: 0, end: body.length };
  const targetLength = readInteger(head);
  if (targetLength > limits.window) throw damaged("has a window that is too large");
  if (targetLength > room) throw damaged("makes more than the signed length");
  if (head.at >= body.length || body[head.at] !== 0) {
    throw damaged("uses secondary compression");
  }
  head.at += 1;
  const lengths = [readInteger(head), readInteger(head), readInteger(head)] as const;
  if (head.at + lengths[0] + lengths[1] + lengths[2] !== body.length) {
    throw damaged("has a window whose parts do not fill it");
  }
  const section = (length: number): Cursor => {
    const at = head.at;
    head.at += length;
    return { bytes: body, at, end: head.at };
  };
  const [data, instructions, addresses] = lengths.map(section);
  if (data === undefined || instructions === undefined || addresses === undefined) {
    throw new Error("three lengths make three sections");
  }
  return { ...segment, targetLength, data, instructions, addresses };
}
