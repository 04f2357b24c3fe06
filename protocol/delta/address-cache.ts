/** Addresses of copies, encoded beside those that were just used (RFC 3284 §5.1 to §5.3). */
import { damaged } from "./damage.ts";
import { type Cursor, integerLength, readByte, readInteger, writeInteger } from "./integers.ts";

const nearSlots = 4;
const sameRows = 3;
const sameSlots = sameRows * 256;

/** Modes: SELF, HERE, then one for each near slot, then one for each row of same slots. */
const modes = { self: 0, here: 1, near: 2, same: 2 + nearSlots } as const;

/**
 * Copies that go on where the one before ended have nearly the same distance from here: so near, in
 * bytes, that form is taken though another may be shorter, for its first digits repeat.
 */
const steadiness = 16_384;

/** What was used last; begins anew with each window. */
export interface AddressCache {
  readonly near: Float64Array;
  readonly same: Float64Array;
  next: number;
  /** From the last address written to the place that it was written for. */
  distance: number;
}

/** An empty cache. */
export function newAddressCache(): AddressCache {
  return {
    near: new Float64Array(nearSlots),
    same: new Float64Array(sameSlots),
    next: 0,
    distance: 0,
  };
}

function remember(cache: AddressCache, address: number): void {
  cache.near[cache.next] = address;
  cache.next = (cache.next + 1) % nearSlots;
  cache.same[address % sameSlots] = address;
}

/**
 * Reads the next address.
 *
 * @param here the place being written, counted from the start of the source segment
 * @throws VouchsafeError `trust.mismatch` when it is not before `here`
 */
export function readAddress(
  cache: AddressCache,
  mode: number,
  here: number,
  addresses: Cursor,
): number {
  let address: number;
  if (mode >= modes.same) {
    address = cache.same[(mode - modes.same) * 256 + readByte(addresses)] ?? -1;
  } else {
    const value = readInteger(addresses);
    if (mode === modes.self) address = value;
    else if (mode === modes.here) address = here - value;
    else address = (cache.near[mode - modes.near] ?? 0) + value;
  }
  if (address < 0 || address >= here) throw damaged("copies from where nothing is yet");
  remember(cache, address);
  return address;
}

/**
 * Writes an address in the form that takes least, once compressed.
 *
 * @returns the mode, and the place behind the address
 */
export function writeAddress(
  cache: AddressCache,
  address: number,
  here: number,
  into: Uint8Array,
  at: number,
): { readonly mode: number; readonly end: number } {
  const slot = address % sameSlots;
  if (cache.same[slot] === address) {
    remember(cache, address);
    into[at] = slot % 256;
    return { mode: modes.same + Math.floor(slot / 256), end: at + 1 };
  }
  const distance = here - address;
  const isSteady = Math.abs(distance - cache.distance) < steadiness;
  cache.distance = distance;
  if (isSteady) {
    remember(cache, address);
    return { mode: modes.here, end: writeInteger(into, at, distance) };
  }
  let mode: number = modes.self;
  let value = address;
  const offer = (other: number, otherMode: number): void => {
    if (other < 0 || integerLength(other) >= integerLength(value)) return;
    value = other;
    mode = otherMode;
  };
  offer(distance, modes.here);
  cache.near.forEach((near, index) => {
    offer(address - near, modes.near + index);
  });
  remember(cache, address);
  return { mode, end: writeInteger(into, at, value) };
}
