/**
 * Carrying out the instructions of one window (RFC 3284 §3 and §5). Most windows copy from the old
 * file alone: what they make passes through a small buffer. Only one that copies from itself is kept
 * whole until it is complete.
 */
import type { BaseReader } from "./base-reader.ts";
import { kinds } from "./code-table.ts";
import { damaged } from "./damage.ts";
import { copiesItself, type Instruction, readInstructions } from "./instructions.ts";
import { type Cursor, readByte } from "./integers.ts";
import { limits } from "./limits.ts";
import type { DeltaWindow } from "./read-window.ts";

/** What passes through at once, bytes: smaller pieces cost more calls than they save memory. */
const pieceBytes = 1024 * 1024;

/** Copies within the window, where what is written may be read again at once (RFC 3284 §3). */
function copyWithin(target: Uint8Array, at: number, from: number, size: number): void {
  for (let done = 0; done < size; ) {
    const count = Math.min(size - done, at + done - from);
    target.copyWithin(at + done, from, from + count);
    done += count;
  }
}

function addData(into: Uint8Array, data: Cursor): void {
  if (into.length > data.end - data.at) throw damaged("adds more than it holds");
  into.set(data.bytes.subarray(data.at, data.at + into.length));
  data.at += into.length;
}

/** Length of the buffer that a window is made in. */
function bufferLength(window: DeltaWindow): number {
  if (window.targetLength <= pieceBytes) return window.targetLength;
  if (!copiesItself(window)) return pieceBytes;
  if (window.targetLength <= limits.heldWindow) return window.targetLength;
  throw damaged("copies within a window that is too large");
}

/**
 * Makes the target of a window.
 *
 * @param takeBuffer lends a buffer of at least so many bytes for the next piece
 * @returns the target in pieces, each in a buffer of its own
 * @throws VouchsafeError `trust.mismatch` unless the sections make exactly that; what reading throws
 */
export async function* applyWindow(
  window: DeltaWindow,
  base: BaseReader,
  takeBuffer: (bytes: number) => Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { data, sourceLength, sourcePosition } = window;
  const length = bufferLength(window);
  let buffer: Uint8Array = new Uint8Array(0);
  const { instruction, next, isComplete } = readInstructions(window);
  let filled = 0;
  let runByte = 0;

  /** Carries on with an instruction; returns how many bytes that made, or what it waits for. */
  function fill({ kind, size, address }: Instruction, done: number): number | Promise<number> {
    const count = Math.min(size - done, buffer.length - filled);
    if (kind === kinds.add) addData(buffer.subarray(filled, filled + count), data);
    else if (kind === kinds.run) buffer.fill(runByte, filled, filled + count);
    else {
      const old = Math.min(count, sourceLength - address - done);
      if (old > 0) {
        const into = buffer.subarray(filled, filled + old);
        const reading = base.copy(into, sourcePosition + address + done);
        return reading === undefined ? old : reading.then(() => old);
      }
      const copy = (): number => {
        copyWithin(buffer, filled, address + done - sourceLength, count);
        return count;
      };
      return base.settled()?.then(copy) ?? copy();
    }
    return count;
  }

  while (next()) {
    if (instruction.kind === kinds.run) runByte = readByte(data);
    for (let done = 0; done < instruction.size; ) {
      if (filled === 0) buffer = takeBuffer(length).subarray(0, length);
      const made = fill(instruction, done);
      const count = typeof made === "number" ? made : await made;
      done += count;
      filled += count;
      if (filled < buffer.length) continue;
      await base.settled();
      yield buffer;
      filled = 0;
    }
  }
  if (!isComplete() || data.at !== data.end) throw damaged("does not fill its window");
  await base.settled();
  if (filled > 0) yield buffer.subarray(0, filled);
}
