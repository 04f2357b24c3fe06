/** Signed lengths and digests against bytes at hand (TUF 5.5.2, 5.6.2, 5.7.2). */
import { createHash } from "node:crypto";
import { VouchsafeError } from "../errors.ts";
import type { Hashes, MetaFile } from "./types.ts";

/** The cap for reading a listed file: its signed length, where there is one below the limit. */
export function checkedLength(listed: MetaFile, limit: number): number {
  return Math.min(listed.length ?? limit, limit);
}

/** Whether the bytes have every digest that is listed. */
export function hashesMatch(bytes: Uint8Array, hashes: Hashes): boolean {
  return [...hashes].every(
    ([algorithm, digest]) => createHash(algorithm).update(bytes).digest("hex") === digest,
  );
}

/**
 * Checks bytes against what signed metadata says of them.
 *
 * @throws VouchsafeError `trust.mismatch`
 */
export function checkBytes(bytes: Uint8Array, listed: Partial<MetaFile>, what: string): void {
  if (listed.length !== undefined && bytes.length !== listed.length) {
    const message = `The ${what} has ${bytes.length} bytes instead of ${listed.length}.`;
    throw new VouchsafeError("trust.mismatch", message);
  }
  if (listed.hashes !== undefined && !hashesMatch(bytes, listed.hashes)) {
    throw new VouchsafeError("trust.mismatch", `The ${what} does not have its signed hash.`);
  }
}
