/** What earlier releases had at a path: the old files that deltas are made from. */
import { readFileBounded } from "../../host/durable.ts";
import type { Sha256 } from "../../protocol/bytes.ts";
import { binFinder } from "../../protocol/release/bins.ts";
import { type ReleaseFile, releaseFile } from "../../protocol/release/manifest.ts";
import { parseEnvelope } from "../../protocol/tuf/envelope.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { parseTargets } from "../../protocol/tuf/parse.ts";
import { metadataPath } from "../repository/published.ts";
import type { Database } from "../repository/read-database.ts";
import type { Publisher } from "../workspace/publisher.ts";

/** A file as it once was. */
export interface OldFile {
  readonly sha256: Sha256;
  readonly length: number;
  /** The newest release that had it. */
  readonly version: number;
}

/** Old files by path, newest first, each once. */
export type History = ReadonlyMap<string, readonly OldFile[]>;

const versionedRole = /^(\d{1,15})\.([a-z0-9-]{1,64})\.json$/;

/** Versions of some roles that lie in the repository, newest first. */
async function versionsOf(
  { fs, layout }: Publisher,
  roles: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = new Map<string, number[]>();
  for (const name of await fs.readdir(metadataPath(layout.repository, ""))) {
    const [, version, role = ""] = versionedRole.exec(name) ?? [];
    if (!roles.has(role)) continue;
    found.set(role, [...(found.get(role) ?? []), Number(version)]);
  }
  return new Map(
    Array.from(found, ([role, list]) => [role, list.toSorted((a, b) => b - a)] as const),
  );
}

async function filesAt(
  { fs, layout }: Publisher,
  database: string,
  role: string,
  version: number,
): Promise<readonly ReleaseFile[]> {
  const path = metadataPath(layout.repository, `${version}.${role}.json`);
  const bytes = await readFileBounded(fs, path, limits.targetsBytes);
  const { targets } = parseTargets(parseEnvelope(bytes, limits.targetsBytes).signed);
  return Array.from(targets.values(), (target) => releaseFile(database, target));
}

/** Of a role's versions: those of the last releases, and the one that the oldest of them began with. */
function within(versions: readonly number[], oldest: number): readonly number[] {
  const inside = versions.filter((version) => version >= oldest);
  const before = versions.find((version) => version < oldest);
  return before === undefined || inside.includes(oldest) ? inside : [...inside, before];
}

/**
 * Reads what the last releases had at some paths. The metadata is not judged: whoever uses an old
 * file checks its digest.
 *
 * @param releases how many releases back
 * @throws VouchsafeError `trust.*` when published metadata is damaged, `disk.*`
 */
export async function readHistory(
  publisher: Publisher,
  { name, release, bins }: Database,
  paths: ReadonlySet<string>,
  releases: number,
): Promise<History> {
  const history = new Map<string, OldFile[]>();
  if (release === undefined || paths.size === 0) return history;
  const find = bins === undefined ? () => name : binFinder(bins.delegations);
  const roles = new Set(Array.from(paths, (path) => find(`${name}/${path}`) ?? name));
  const versions = await versionsOf(publisher, new Set([...roles, name]));
  const isPublished = (version: number): boolean => version <= release.version;
  const last = (versions.get(name) ?? []).filter(isPublished).slice(0, releases);
  const oldest = last.at(-1) ?? release.version;
  for (const role of roles) {
    const own = (versions.get(role) ?? []).filter(isPublished);
    for (const version of within(own, oldest)) {
      for (const { path, sha256, length } of await filesAt(publisher, name, role, version)) {
        if (!paths.has(path)) continue;
        const known = history.get(path) ?? [];
        if (known.some((old) => old.sha256 === sha256)) continue;
        history.set(path, [...known, { sha256, length, version }]);
      }
    }
  }
  return history;
}
