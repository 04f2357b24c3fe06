/** Carrying out the instructions of one window (RFC 3284 §3 and §5). */
import { newAddressCache, readAddress } from "./address-cache.ts";
import type { BaseReader } from "./base-reader.ts";
import { defaultCodeTable, kinds } from "./code-table.ts";
import { damaged } from "./damage.ts";
import { type Cursor, readByte, readInteger } from "./integers.ts";
import type { DeltaWindow } from "./read-window.ts";

const table = defaultCodeTable();

/** Copies within the window, where what is written may be read again at once (RFC 3284 §3). */
function copyWithin(target: Uint8Array, at: number, from: number, size: number): void {
  for (let done = 0; done < size; ) {
    const count = Math.min(size - done, at + done - from);
    target.copyWithin(at + done, from, from + count);
    done += count;
  }
}

function addData(target: Uint8Array, at: number, data: Cursor, size: number): void {
  if (size > data.end - data.at) throw damaged("adds more than it holds");
  target.set(data.bytes.subarray(data.at, data.at + size), at);
  data.at += size;
}

function atEnd({ at, end }: Cursor): boolean {
  return at === end;
}

/**
 * Fills the target of a window.
 *
 * @param target of exactly the window's length
 * @throws VouchsafeError `trust.mismatch` unless the sections make exactly that; what reading throws
 */
export async function applyWindow(
  window: DeltaWindow,
  target: Uint8Array,
  base: BaseReader,
): Promise<void> {
  const { instructions, data, addresses, sourceLength, sourcePosition } = window;
  const cache = newAddressCache();
  let at = 0;
  while (!atEnd(instructions)) {
    const code = readByte(instructions);
    for (const half of table) {
      const kind = half.kind[code];
      if (kind === kinds.noop) break;
      const size = half.size[code] || readInteger(instructions);
      if (size > target.length - at) throw damaged("writes beyond its window");
      if (kind === kinds.add) addData(target, at, data, size);
      else if (kind === kinds.run) target.fill(readByte(data), at, at + size);
      else {
        const address = readAddress(cache, half.mode[code] ?? 0, sourceLength + at, addresses);
        const old = Math.max(0, Math.min(size, sourceLength - address));
        if (old > 0) {
          const reading = base.copy(target.subarray(at, at + old), sourcePosition + address);
          if (reading !== undefined) await reading;
        }
        if (old < size) copyWithin(target, at + old, address + old - sourceLength, size - old);
      }
      at += size;
    }
  }
  if (at !== target.length || !atEnd(data) || !atEnd(addresses)) {
    throw damaged("does not fill its window");
  }
}
