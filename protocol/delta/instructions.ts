/** The instructions of a window, read one after the other (RFC 3284 §5.4). */
import { newAddressCache, readAddress } from "./address-cache.ts";
import { defaultCodeTable, kinds } from "./code-table.ts";
import { damaged } from "./damage.ts";
import { type Cursor, readByte, readInteger } from "./integers.ts";
import type { DeltaWindow } from "./read-window.ts";

const table = defaultCodeTable();

/** One instruction; the same object is filled again by the next reading. */
export interface Instruction {
  /** One of `kinds`. */
  kind: number;
  /** Bytes that it writes. */
  size: number;
  /** Where a copy begins: in the source segment, or behind it in the target. */
  address: number;
}

/** Reads instructions. */
export interface InstructionReader {
  readonly instruction: Instruction;
  /**
   * Reads the next one into `instruction`; false at the end.
   *
   * @throws VouchsafeError `trust.mismatch` when it is cut off, writes beyond its window or copies
   *   from where nothing is yet
   */
  readonly next: () => boolean;
  /** Whether the window is written to its end, and no address is left over. */
  readonly isComplete: () => boolean;
}

const again = ({ bytes, at, end }: Cursor): Cursor => ({ bytes, at, end });

/** A reader from the first instruction on; the window's own cursors stay where they are. */
export function readInstructions(window: DeltaWindow): InstructionReader {
  const { sourceLength, targetLength } = window;
  const [codes, addresses] = [again(window.instructions), again(window.addresses)];
  const cache = newAddressCache();
  const instruction: Instruction = { kind: kinds.noop, size: 0, address: 0 };
  let written = 0;
  let code = 0;
  let half: number = table.length;

  function next(): boolean {
    for (;;) {
      if (half === table.length || table[half]?.kind[code] === kinds.noop) {
        if (codes.at === codes.end) return false;
        code = readByte(codes);
        half = 0;
      }
      const column = table[half];
      half += 1;
      const kind = column?.kind[code] ?? kinds.noop;
      if (column === undefined || kind === kinds.noop) continue;
      instruction.kind = kind;
      instruction.size = column.size[code] || readInteger(codes);
      if (instruction.size > targetLength - written) throw damaged("writes beyond its window");
      if (kind === kinds.copy) {
        const mode = column.mode[code] ?? 0;
        instruction.address = readAddress(cache, mode, sourceLength + written, addresses);
      }
      written += instruction.size;
      return true;
    }
  }

  return {
    instruction,
    next,
    isComplete: () => written === targetLength && addresses.at === addresses.end,
  };
}

/** Whether a copy of a window reads what the window itself has written. */
export function copiesItself(window: DeltaWindow): boolean {
  const { instruction, next } = readInstructions(window);
  while (next()) {
    const end = instruction.address + instruction.size;
    if (instruction.kind === kinds.copy && end > window.sourceLength) return true;
  }
  return false;
}
