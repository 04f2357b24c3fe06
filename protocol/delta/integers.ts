/** Integers of VCDIFF (RFC 3284 §2): base 128, most significant digit first, and bytes in a row. */
import { damaged } from "./damage.ts";

/** A stretch of bytes that is read from its start to its end. */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
}

/** Seven digits hold 2^49: no sum of a few of them loses precision. */
const maxDigits = 7;

/** The next byte. Throws `trust.mismatch` at the end. */
export function readByte(cursor: Cursor): number {
  const byte = cursor.at < cursor.end ? cursor.bytes[cursor.at] : undefined;
  if (byte === undefined) throw damaged("ends inside an instruction");
  cursor.at += 1;
  return byte;
}

/** The next integer. Throws `trust.mismatch` when it is cut off or too long. */
export function readInteger(cursor: Cursor): number {
  let value = 0;
  for (let digit = 0; digit < maxDigits; digit += 1) {
    const byte = readByte(cursor);
    value = value * 128 + (byte & 127);
    if (byte < 128) return value;
  }
  throw damaged("holds an integer that is too long");
}

/** How many bytes an integer takes. */
export function integerLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** Writes an integer at a place and returns the place behind it. */
export function writeInteger(into: Uint8Array, at: number, value: number): number {
  const end = at + integerLength(value);
  let rest = value;
  for (let place = end - 1; place >= at; place -= 1) {
    into[place] = (rest % 128) | (place === end - 1 ? 0 : 128);
    rest = Math.floor(rest / 128);
  }
  return end;
}
