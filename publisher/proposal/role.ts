/** Writing the role of a release: the bytes that persons approve and sign (pure). */
import { canonicalText, fileText } from "../../protocol/canonical.ts";
import { binFinder } from "../../protocol/release/bins.ts";
import { encodeEncodings } from "../../protocol/release/encodings.ts";
import { filesDigest, type ReleaseFile } from "../../protocol/release/manifest.ts";
import { encodeReleaseInfo, type ReleaseInfo } from "../../protocol/release/release-info.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import type { Delegations, TargetFile, Targets } from "../../protocol/tuf/types.ts";

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

/** What a release is spread over. */
export interface Spreading {
  readonly delegations: Delegations;
  /** Names of all bins. */
  readonly names: readonly string[];
  /** The bins that are published; none before the first release. */
  readonly published: ReadonlyMap<string, Targets>;
  /** Whether a bin that does not change is to be signed again, for it expires soon. */
  readonly isOld: (expires: string) => boolean;
}

const listOf = (role: Targets): string => canonicalText(encodeSigned({ ...role, ...undated }));
const undated = { version: 1, expires: "" };

/**
 * Spreads a role over bins: the database's own role, which lists nothing itself, and each bin
 * that changes, under the version of the release. A bin that does not change is not among them.
 */
export function spreadRole(
  whole: Targets,
  { delegations, names, published, isOld }: Spreading,
): { readonly own: Targets; readonly bins: ReadonlyMap<string, Targets> } {
  const { version, expires, targets } = whole;
  const find = binFinder(delegations);
  const lists = new Map(names.map((name) => [name, new Map<string, TargetFile>()] as const));
  for (const [path, target] of targets) lists.get(find(path) ?? "")?.set(path, target);
  const bins = new Map<string, Targets>();
  for (const [name, list] of lists) {
    const bin: Targets = { type: "targets", version, expires, extra: {}, targets: list };
    const before = published.get(name);
    const isKept = before !== undefined && !isOld(before.expires) && listOf(before) === listOf(bin);
    if (!isKept) bins.set(name, bin);
  }
  return { own: { ...whole, targets: new Map(), delegations }, bins };
}

/** The document of a role: its canonical form, as JSON wants it. */
export function documentOf(role: Targets): Buffer {
  return Buffer.from(fileText(encodeSigned(role)));
}
