/** Which files a bundle may hold: those of a repository, under their paths there, and no others. */
import { VouchsafeError } from "../errors.ts";
import { limits } from "../tuf/limits.ts";
import { haltRole } from "./halt.ts";
import { checkPath } from "./names.ts";
import { type ReadAt, type TarEntry, tarEntries } from "./tar.ts";

/** Files that a bundle may have, and bytes of all of its metadata. */
export const bundleLimits = { files: 300_000, metadataBytes: 512 * 1024 * 1024 } as const;

const metadataForm = /^metadata\/(?:timestamp|[1-9][0-9]{0,15}\.([a-z0-9][a-z0-9-]{0,60}))\.json$/;
const targetForm = /^targets\/([a-z0-9][a-z0-9-]{0,40})\/(.+)$/;

/** The files of a bundle by path. */
export type BundleIndex = ReadonlyMap<string, TarEntry>;

function malformed(message: string): VouchsafeError {
  return new VouchsafeError("bundle.malformed", message);
}

const shown = (path: string): string => JSON.stringify(path.slice(0, 80));

function metadataCap(path: string, role: string | undefined): number {
  if (path === "metadata/timestamp.json") return limits.timestampBytes;
  if (role === "root") return limits.rootBytes;
  return role === "snapshot" ? limits.snapshotBytes : limits.targetsBytes;
}

function isTarget(path: string): boolean {
  const below = targetForm.exec(path)?.[2];
  if (below === undefined) return false;
  const slash = below.lastIndexOf("/") + 1;
  const file = /^[0-9a-f]{64}\.(.+)$/.exec(below.slice(slash))?.[1];
  if (file === undefined) return false;
  try {
    // An encoding's name is longer than the file's may be; only what it is made of counts here.
    for (const part of below.slice(0, slash).split("/")) if (part !== "") checkPath(part);
    return /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(file) && file.length <= 240;
  } catch {
    return false;
  }
}

/**
 * Reads which files a bundle holds.
 *
 * @param read gives bytes of the tar
 * @param length bytes of the whole tar
 * @throws VouchsafeError `bundle.malformed`
 */
export async function indexBundle(read: ReadAt, length: number): Promise<BundleIndex> {
  const index = new Map<string, TarEntry>();
  let metadataBytes = 0;
  for await (const entry of tarEntries(read, length, bundleLimits.files)) {
    const { path, size } = entry;
    const metadata = metadataForm.exec(path);
    if (metadata !== null) {
      metadataBytes += size;
      if (size > metadataCap(path, metadata[1]) || metadataBytes > bundleLimits.metadataBytes) {
        throw malformed(`The bundle holds ${shown(path)} with ${size} bytes, which is too large.`);
      }
    } else if (!isTarget(path)) {
      throw malformed(`The bundle holds ${shown(path)}, which is no path of a repository.`);
    }
    if (index.has(path)) throw malformed(`The bundle holds ${shown(path)} twice.`);
    index.set(path, entry);
  }
  return index;
}

const topLevel: ReadonlySet<string> = new Set(["root", "snapshot", "targets", haltRole]);

/** The roles, other than those of every repository, that a bundle has metadata of. */
export function bundledRoles(index: BundleIndex): ReadonlySet<string> {
  const roles = [...index.keys()].flatMap((path) => metadataForm.exec(path)?.[1] ?? []);
  return new Set(roles.filter((role) => !topLevel.has(role)));
}
