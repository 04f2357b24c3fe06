/** Deltas put together by hand, sound or not, for tests of whoever applies them. */

/** An integer of VCDIFF in as many digits as it needs (RFC 3284 §2). */
export function integer(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    digits.unshift((rest % 128) | 128);
  }
  return digits;
}

/** The parts of a window; what is not given is as it should be. */
export interface WindowParts {
  readonly flags?: number;
  /** Length and position of the source segment; given, the window has one. */
  readonly source?: readonly [number, number];
  readonly target: number;
  readonly data?: readonly number[];
  readonly instructions: readonly number[];
  readonly addresses?: readonly number[];
  readonly compression?: number;
  /** Of the whole encoding, instead of the right one. */
  readonly encodingLength?: number;
  /** Of data, instructions and addresses, instead of the right ones. */
  readonly lengths?: readonly [number, number, number];
}

/** The bytes of a window. */
export function windowOf(parts: WindowParts): number[] {
  const { source, target, data = [], instructions, addresses = [], compression = 0 } = parts;
  const lengths = parts.lengths ?? [data.length, instructions.length, addresses.length];
  const body = [
    ...integer(target),
    compression,
    ...lengths.flatMap(integer),
    ...data,
    ...instructions,
    ...addresses,
  ];
  return [
    parts.flags ?? (source === undefined ? 0 : 1),
    ...(source ?? []).flatMap(integer),
    ...integer(parts.encodingLength ?? body.length),
    ...body,
  ];
}

/** The head of every delta. */
export const deltaHead = [0xd6, 0xc3, 0xc4, 0x00, 0x00] as const;

/** A delta of some windows. */
export function deltaOf(...windows: readonly WindowParts[]): Buffer {
  return Buffer.from([...deltaHead, ...windows.flatMap(windowOf)]);
}
