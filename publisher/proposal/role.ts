/** Writing the role of a release: the bytes that persons approve and sign (pure). */
import { canonicalBytes } from "../../protocol/canonical.ts";
import { encodeEncodings } from "../../protocol/release/encodings.ts";
import { filesDigest, type ReleaseFile } from "../../protocol/release/manifest.ts";
import { encodeReleaseInfo, type ReleaseInfo } from "../../protocol/release/release-info.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import type { TargetFile, Targets } from "../../protocol/tuf/types.ts";

/** A release as it is described, before its files are. */
export type Description = Omit<ReleaseInfo, "files">;

function targetOf(database: string, file: ReleaseFile): TargetFile {
  const custom = encodeEncodings(file);
  return {
    path: `${database}/${file.path}`,
    length: file.length,
    hashes: new Map([["sha256", file.sha256]]),
    ...(custom === undefined ? {} : { custom }),
  };
}

/**
 * The delegated role of a release.
 * @param expires moment in the form of TUF 4.1
 */
export function releaseRole(
  description: Description,
  version: number,
  expires: string,
  files: readonly ReleaseFile[],
): Targets {
  const info = { ...description, files: filesDigest(files) };
  const targets = files.map((file) => targetOf(description.database, file));
  return {
    type: "targets",
    version,
    expires,
    extra: { release: encodeReleaseInfo(info) },
    targets: new Map(targets.map((target) => [target.path, target] as const)),
  };
}

/** The exact bytes that signatures are over. */
export function signedBytesOf(role: Targets): Buffer {
  return canonicalBytes(encodeSigned(role));
}
