/** Randomness for delays. */
import { randomBytes } from "node:crypto";

/** A number in [0, 1) that nobody can foresee. */
export function randomUnit(): number {
  return randomBytes(4).readUInt32BE() / 2 ** 32;
}
