/** The default code table of VCDIFF (RFC 3284 §5.6): what each of the 256 codes stands for. */

/** Kinds of instructions (RFC 3284 §5.4). */
export const kinds = { noop: 0, add: 1, run: 2, copy: 3 } as const;

/** Codes that carry no size: it follows as an integer. */
export const codes = { add: 1, copy: 19, copyStep: 16 } as const;

/** One half of a code in three columns; size 0 means that it follows. */
export interface CodeColumn {
  readonly kind: Uint8Array;
  readonly size: Uint8Array;
  readonly mode: Uint8Array;
}

const column = (): CodeColumn => ({
  kind: new Uint8Array(256),
  size: new Uint8Array(256),
  mode: new Uint8Array(256),
});

function set(into: CodeColumn, code: number, kind: number, size: number, mode = 0): void {
  into.kind[code] = kind;
  into.size[code] = size;
  into.mode[code] = mode;
}

/** Both halves of every code; the second is `noop` for most. */
export function defaultCodeTable(): readonly [CodeColumn, CodeColumn] {
  const first = column();
  const second = column();
  const { add, run, copy } = kinds;
  let code = 0;
  set(first, code++, run, 0);
  for (let size = 0; size <= 17; size += 1) set(first, code++, add, size);
  for (let mode = 0; mode < 9; mode += 1) {
    set(first, code++, copy, 0, mode);
    for (let size = 4; size <= 18; size += 1) set(first, code++, copy, size, mode);
  }
  for (let mode = 0; mode < 9; mode += 1) {
    for (let added = 1; added <= 4; added += 1) {
      for (let copied = 4; copied <= (mode < 6 ? 6 : 4); copied += 1) {
        set(first, code, add, added);
        set(second, code++, copy, copied, mode);
      }
    }
  }
  for (let mode = 0; mode < 9; mode += 1) {
    set(first, code, copy, 4, mode);
    set(second, code++, add, 1);
  }
  return [first, second];
}
