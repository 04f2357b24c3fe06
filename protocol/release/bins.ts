/**
 * Bins: a large database spread over many small roles, so that a change in one file re-signs one
 * bin. By `path_hash_prefixes`, which every TUF client knows, or by TAP 15 `succinct_roles`. Bins
 * use the database's keys and threshold, and `release.files` of the database's own role binds
 * them together.
 */
import { VouchsafeError } from "../errors.ts";
import { delegationMatcher, succinctName } from "../tuf/delegations.ts";
import type { Delegations, Key, RoleKeys, Targets } from "../tuf/types.ts";

/** Bins that a database may have: a power of two, fixed for the database's life. */
export const binLimits = { min: 2, max: 4096 } as const;

/** How bins may be written into metadata; the first is what every TUF client knows. */
export const binStyles = ["path_hash_prefixes", "succinct_roles"] as const;
export type BinStyle = (typeof binStyles)[number];

/** The keys and threshold of a database, which its bins share. */
export interface BinKeys extends RoleKeys {
  readonly keys: ReadonlyMap<string, Key>;
}

/** log2 of a count of bins, or undefined when the count is not allowed. */
export function binBits(count: number): number | undefined {
  const bits = Math.log2(count);
  const allowed = Number.isInteger(bits) && count >= binLimits.min && count <= binLimits.max;
  return allowed ? bits : undefined;
}

/**
 * The delegations of a database's role to its bins.
 *
 * @param bits log2 of the number of bins
 */
export function binDelegations(
  database: string,
  { keys, keyIds, threshold }: BinKeys,
  bits: number,
  style: BinStyle,
): Delegations {
  const succinct = { keyIds, threshold, bitLength: bits, namePrefix: database };
  if (style === "succinct_roles") return { keys, roles: [], succinct };
  const digits = Math.ceil(bits / 4);
  const each = 16 ** digits / 2 ** bits;
  const roles = Array.from({ length: 2 ** bits }, (_bin, index) => ({
    name: succinctName(succinct, index),
    keyIds,
    threshold,
    terminating: true,
    paths: {
      kind: "hashPrefixes" as const,
      list: Array.from({ length: each }, (_prefix, offset) =>
        (index * each + offset).toString(16).padStart(digits, "0"),
      ),
    },
  }));
  return { keys, roles };
}

/** Makes delegations ready to be asked for the bins of many target paths; undefined for none. */
export function binFinder(delegations: Delegations): (targetPath: string) => string | undefined {
  const rolesOf = delegationMatcher(delegations);
  return (targetPath) => rolesOf(targetPath)[0]?.name;
}

/** The bin of a target path, or undefined when the delegations have none for it. */
export function binOf(delegations: Delegations, targetPath: string): string | undefined {
  return binFinder(delegations)(targetPath);
}

function refuse(database: string, why: string): VouchsafeError {
  return new VouchsafeError("trust.release", `The role ${database} ${why}.`);
}

const sameKeys = (a: RoleKeys, b: RoleKeys) =>
  a.threshold === b.threshold && a.keyIds.toSorted().join() === b.keyIds.toSorted().join();

function materialDiffers(delegations: Delegations, own: BinKeys): boolean {
  return own.keyIds.some(
    (keyId) => delegations.keys.get(keyId)?.publicKey !== own.keys.get(keyId)?.publicKey,
  );
}

/**
 * The names of a database's bins; none when it has no delegations. Anything else that a database
 * might delegate is refused: what is not enumerated could not be installed.
 *
 * @param own keys and threshold under which the database itself is delegated
 * @throws VouchsafeError `trust.release`
 */
export function binNames(database: string, role: Targets, own: BinKeys): readonly string[] {
  const { delegations } = role;
  if (delegations === undefined) return [];
  const { succinct, roles } = delegations;
  const bins = succinct === undefined ? roles.length : 2 ** succinct.bitLength;
  const bits = binBits(bins);
  if (bits === undefined) throw refuse(database, "delegates to something that is not bins");
  if (role.targets.size > 0) throw refuse(database, "has files beside its bins");
  const expected = binDelegations(database, own, bits, "path_hash_prefixes").roles;
  const used: readonly RoleKeys[] = succinct === undefined ? roles : [succinct];
  if (used.some((keys) => !sameKeys(keys, own)) || materialDiffers(delegations, own)) {
    throw refuse(database, "gives its bins other keys or another threshold than its own");
  }
  if (succinct !== undefined) {
    if (succinct.namePrefix !== database) throw refuse(database, "names its bins otherwise");
    return expected.map(({ name }) => name);
  }
  const listed = new Map(roles.map((bin) => [bin.name, bin]));
  for (const { name, paths } of expected) {
    const { kind, list } = listed.get(name)?.paths ?? { kind: "patterns", list: [] };
    if (kind !== "hashPrefixes" || list.toSorted().join() !== paths.list.join()) {
      throw refuse(database, "has bins that do not cover every path once");
    }
  }
  return expected.map(({ name }) => name);
}

/**
 * Throws `trust.release` when a bin lists a path that a TUF look-up would seek in another bin, or
 * delegates. Linear in the number of bins and paths.
 */
export function checkBins(
  database: string,
  { delegations }: Targets,
  bins: ReadonlyMap<string, Targets>,
): void {
  const find = delegations === undefined ? () => undefined : binFinder(delegations);
  for (const [name, bin] of bins) {
    if (bin.delegations !== undefined) throw refuse(name, "delegates, which a bin may not");
    for (const path of bin.targets.keys()) {
      if (find(path) === name) continue;
      throw refuse(database, `lists a file in the bin ${name}, where no client would look for it`);
    }
  }
}
