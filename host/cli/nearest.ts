/** "Did you mean": the known name nearest to a mistyped one. */

/**
 * Edit distance that counts a swap of neighbours as one edit (optimal string alignment).
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

const longestCompared = 64;

/** The known name nearest to `name`, or undefined if none is near enough to be meant. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > longestCompared) return undefined;
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const prefix = name.length >= 3 && candidate.startsWith(name);
    const counted = prefix ? 1 : distance;
    if (counted <= limit && (best === undefined || counted < best.distance)) {
      best = { name: candidate, distance: counted };
    }
  }
  return best?.name;
}

/** ` Did you mean "x"?`, or nothing. */
export function suggestion(name: string, known: Iterable<string>): string {
  const near = nearest(name, known);
  return near === undefined ? "" : ` Did you mean "${near}"?`;
}
