/** How far two files are equal, from two places on and back. */

const longestStep = 64 * 1024;
const byteWise = 128;

/** How many bytes are equal from two places on; long stretches are compared by the runtime. */
export function equalAhead(a: Buffer, atA: number, b: Buffer, atB: number): number {
  const max = Math.min(a.length - atA, b.length - atB);
  let length = 0;
  let step = byteWise * 2;
  while (length + step <= max && step >= byteWise) {
    const [x, y] = [atA + length, atB + length];
    if (a.compare(b, y, y + step, x, x + step) === 0) {
      length += step;
      step = Math.min(step * 2, longestStep);
    } else step /= 2;
  }
  while (length < max && a[atA + length] === b[atB + length]) length += 1;
  return length;
}

/** How many bytes are equal before two places, down to a lower bound of the first. */
export function equalBehind(
  a: Buffer,
  atA: number,
  lowest: number,
  b: Buffer,
  atB: number,
): number {
  const max = Math.min(atA - lowest, atB);
  let length = 0;
  while (length < max && a[atA - length - 1] === b[atB - length - 1]) length += 1;
  return length;
}
