/** The files of a release, and the one digest that binds them all (`release.files`). */
import { createHash } from "node:crypto";
import { asSha256, isSha256, type Sha256 } from "../bytes.ts";
import { VouchsafeError } from "../errors.ts";
import type { TargetFile } from "../tuf/types.ts";
import { type Encodings, parseEncodings } from "./encodings.ts";

/** One file of a release. */
export interface ReleaseFile extends Encodings {
  /** Relative to the database's folder, with `/`. */
  readonly path: string;
  /** Bytes of the decoded file. */
  readonly length: number;
  /** Digest of the decoded file: the only one that counts. */
  readonly sha256: Sha256;
}

/**
 * SHA-256 over the sorted lines `sha256 length path\n` of all files of a release.
 */
export function filesDigest(
  files: Iterable<Pick<ReleaseFile, "path" | "length" | "sha256">>,
): Sha256 {
  const lines = Array.from(files, ({ sha256, length, path }) => `${sha256} ${length} ${path}\n`);
  const hash = createHash("sha256");
  for (const line of lines.toSorted()) hash.update(line);
  return asSha256(hash.digest("hex"));
}

/**
 * A TUF target of a database as a file of its release.
 *
 * @throws VouchsafeError `trust.release` when it lies outside the database's folder, has no
 *   sha256, or its `custom` is malformed
 */
export function releaseFile(database: string, target: TargetFile): ReleaseFile {
  const prefix = `${database}/`;
  if (!target.path.startsWith(prefix)) {
    throw new VouchsafeError(
      "trust.release",
      `A release of ${database} names a file outside of its folder.`,
    );
  }
  const digest = target.hashes.get("sha256");
  if (digest === undefined || !isSha256(digest)) {
    throw new VouchsafeError("trust.release", `A file of ${database} has no sha256.`);
  }
  return {
    path: target.path.slice(prefix.length),
    length: target.length,
    sha256: digest,
    ...parseEncodings(target.custom),
  };
}
