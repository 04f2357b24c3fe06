/** One database as it is published: its release, the bins of it included, verified as a client would. */
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { BinSetting } from "../../protocol/release/bin-settings.ts";
import { binBits, binDelegations, binNames, checkBins } from "../../protocol/release/bins.ts";
import { checkRelease, type Release } from "../../protocol/release/release-info.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import {
  listedRole,
  type Reading,
  readTargets,
  type TrustedSet,
  withTargets,
} from "../../protocol/tuf/trusted-set.ts";
import type { DelegatedRole, Delegations, Targets } from "../../protocol/tuf/types.ts";
import type { Signers } from "../../protocol/tuf/verify.ts";

/** The release of a database that clients see. */
export interface PublishedRelease extends Release {
  /** SHA-256 of the role's metadata. */
  readonly digest: Sha256;
  /** When the first of the role and its bins expires. */
  readonly expires: string;
  /** The bins by name; none for a database without. */
  readonly bins: ReadonlyMap<string, Targets>;
}

/** The bins that the releases of a database are spread over. */
export interface DatabaseBins extends BinSetting {
  /** What the database's own role delegates. */
  readonly delegations: Delegations;
}

/** A database that the repository delegates. */
export interface Database {
  readonly name: string;
  readonly role: DelegatedRole;
  readonly signers: Signers;
  readonly bins?: DatabaseBins;
  /** The change of keys that comes with its next release. */
  readonly rotation?: {
    /** SHA-256 of the new keys and threshold. */
    readonly digest: Sha256;
    readonly before: Signers;
  };
  /** None before the first publication. */
  readonly release?: PublishedRelease;
}

/** Reads a metadata file of the repository folder by its file name. */
export type ReadMetadata = (name: string, maxBytes: number) => Promise<Buffer>;

/** The delegations to bins of a database whose keys these are. */
export function databaseBins(
  database: string,
  { keys: all, keyIds, threshold }: Signers,
  setting: BinSetting,
): DatabaseBins {
  const keys = new Map(
    keyIds.flatMap((keyId) => {
      const key = all.get(keyId);
      return key === undefined ? [] : [[keyId, key] as const];
    }),
  );
  const bits = binBits(setting.count) ?? 0;
  const delegations = binDelegations(database, { keys, keyIds, threshold }, bits, setting.style);
  return { ...setting, delegations };
}

/** The earliest of moments in the form of TUF 4.1. */
export function earliest(roles: Iterable<{ readonly expires: string }>): string {
  return Array.from(roles, ({ expires }) => expires).toSorted()[0] ?? "";
}

/** What a release is made of, once it was checked that its parts belong together. */
export interface WholeRelease extends Release {
  readonly expires: string;
}

/**
 * Checks a database's own role and its bins against each other.
 *
 * @throws VouchsafeError `trust.release`, `trust.role`
 */
export function checkWhole(
  { name, signers }: Pick<Database, "name" | "signers">,
  repository: Sha256,
  role: Targets,
  bins: ReadonlyMap<string, Targets>,
): WholeRelease {
  const names = binNames(name, role, signers);
  const missing = names.find((bin) => !bins.has(bin));
  if (missing !== undefined || names.length !== bins.size) {
    const message = `The release of ${name} does not have the bins that it delegates to.`;
    throw new VouchsafeError("trust.release", message);
  }
  checkBins(name, role, bins);
  const release = checkRelease(name, repository, role, bins.values());
  return { ...release, expires: earliest([role, ...bins.values()]) };
}

/**
 * Reads a database that the snapshot may list.
 *
 * @param set with root, snapshot and the top-level targets
 * @throws VouchsafeError `repository.incomplete`, `trust.*`, `disk.*`
 */
export async function readDatabase(
  set: TrustedSet,
  repository: Sha256,
  unreleased: Omit<Database, "release">,
  read: ReadMetadata,
  reading: Reading,
): Promise<Database> {
  const { name, signers } = unreleased;
  const { snapshot } = set;
  if (snapshot === undefined) throw new Error("a database needs a snapshot first");
  if (!snapshot.meta.has(`${name}.json`)) return unreleased;
  const bytesOf = (role: string): Promise<Buffer> =>
    read(`${listedRole(snapshot, role).version}.${role}.json`, limits.targetsBytes);
  const bytes = await bytesOf(name);
  const role = readTargets(set, bytes, name, "targets", reading);
  const withRole = withTargets(set, [[name, role]]);
  const bins = new Map<string, Targets>();
  for (const bin of binNames(name, role, signers)) {
    bins.set(bin, readTargets(withRole, await bytesOf(bin), bin, name, reading));
  }
  const whole = checkWhole(unreleased, repository, role, bins);
  return { ...unreleased, release: { ...whole, digest: sha256(bytes), bins } };
}
