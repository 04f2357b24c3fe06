/** What else carries a file, and where it lies in the repository (design.md, The repository). */
import type { Sha256 } from "../bytes.ts";
import { VouchsafeError } from "../errors.ts";
import { isObject, type JsonObject, type JsonValue, own } from "../json.ts";

/** Lengths in bytes of the encodings that exist for a file. */
export interface Encodings {
  /** Length of the zstd encoding, if there is one. */
  readonly zst?: number;
  /** Length of the delta from an old file, by the first 16 hex digits of its sha256. */
  readonly deltas: ReadonlyMap<string, number>;
}

const baseForm = /^[0-9a-f]{16}$/;
const maxDeltas = 64;

function lengthAt(value: JsonValue): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new VouchsafeError("trust.release", "The length of an encoding is not a whole number.");
}

/**
 * Reads a target's `custom`. Fields of other makers are let alone.
 *
 * @throws VouchsafeError `trust.release`
 */
export function parseEncodings(custom: JsonObject | undefined): Encodings {
  const zst = custom === undefined ? undefined : own(custom, "zst");
  const deltas = custom === undefined ? undefined : own(custom, "deltas");
  if (deltas !== undefined && !isObject(deltas)) {
    throw new VouchsafeError("trust.release", "The deltas of a file are not an object.");
  }
  const entries = Object.entries(deltas ?? {});
  if (entries.length > maxDeltas || entries.some(([base]) => !baseForm.test(base))) {
    throw new VouchsafeError("trust.release", "The deltas of a file are malformed.");
  }
  return {
    ...(zst === undefined ? {} : { zst: lengthAt(zst) }),
    deltas: new Map(entries.map(([base, length]) => [base, lengthAt(length)] as const)),
  };
}

/** The `custom` of a target, or undefined when nothing else carries the file. */
export function encodeEncodings({ zst, deltas }: Encodings): JsonObject | undefined {
  if (zst === undefined && deltas.size === 0) return undefined;
  return {
    ...(zst === undefined ? {} : { zst }),
    ...(deltas.size === 0 ? {} : { deltas: Object.fromEntries(deltas) }),
  };
}

/**
 * Where the whole file lies: `targets/<folders>/<sha256>.<file>` (TUF 6.2, consistent snapshots),
 * or without the digest in a repository that is not consistent.
 *
 * @param targetPath the TUF target path, database folder included
 */
export function targetLocation(targetPath: string, sha256: Sha256, consistent = true): string {
  if (!consistent) return `targets/${targetPath}`;
  const slash = targetPath.lastIndexOf("/") + 1;
  return `targets/${targetPath.slice(0, slash)}${sha256}.${targetPath.slice(slash)}`;
}

/** Where the zstd encoding of a file lies. */
export function zstLocation(targetPath: string, sha256: Sha256): string {
  return `${targetLocation(targetPath, sha256)}.zst`;
}

/** The key of a delta among a file's encodings: the start of the old file's digest. */
export function deltaKey(base: Sha256): string {
  return base.slice(0, 16);
}

/** Where the delta from an old file to a file lies. */
export function deltaLocation(targetPath: string, sha256: Sha256, base: Sha256): string {
  return `${targetLocation(targetPath, sha256)}.${base}.vcdiff.zst`;
}
