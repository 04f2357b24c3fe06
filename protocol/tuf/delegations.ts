/** Which delegated roles may speak for a path (TUF 4.5, 5.6.7; TAP 15). */
import { createHash } from "node:crypto";
import { pathPattern } from "./patterns.ts";
import type { DelegatedRole, Delegations, RoleKeys, SuccinctRoles } from "./types.ts";

/** A role that a delegation names, whichever way it names it. */
export interface NamedRole extends RoleKeys {
  readonly name: string;
  readonly terminating: boolean;
}

/** SHA-256 of the target path in hex: what hash prefixes and bins go by. */
export function pathHash(path: string): string {
  return createHash("sha256").update(path).digest("hex");
}

function binOfHash(roles: SuccinctRoles, hash: string): string {
  const first32 = Number.parseInt(hash.slice(0, 8), 16);
  return succinctName(roles, Math.floor(first32 / 2 ** (32 - roles.bitLength)));
}

/** The bin of a succinct delegation that a path falls into (TAP 15). */
export function succinctBin(roles: SuccinctRoles, path: string): string {
  return binOfHash(roles, pathHash(path));
}

/** The name of bin `index` (TAP 15): zero-filled hex of the width that the last bin needs. */
export function succinctName(roles: SuccinctRoles, index: number): string {
  const width = (2 ** roles.bitLength - 1).toString(16).length;
  return `${roles.namePrefix}-${index.toString(16).padStart(width, "0")}`;
}

const succinctRole = ({ keyIds, threshold }: SuccinctRoles, name: string): NamedRole => ({
  name,
  keyIds,
  threshold,
  terminating: true,
});

/** From hash prefixes to the places of the roles that have them. */
function prefixIndex(roles: readonly DelegatedRole[]): (hash: string) => readonly number[] {
  const places = new Map<string, number[]>();
  for (const [place, { paths }] of roles.entries()) {
    if (paths.kind !== "hashPrefixes") continue;
    for (const prefix of paths.list) {
      const held = places.get(prefix);
      if (held === undefined) places.set(prefix, [place]);
      else held.push(place);
    }
  }
  const lengths = new Set(Array.from(places.keys(), (prefix) => prefix.length));
  return (hash) => Array.from(lengths, (length) => places.get(hash.slice(0, length)) ?? []).flat();
}

/** Tells the roles that may speak for a path, in the order of preference (TUF 5.6.7.2). */
export type DelegationMatcher = (path: string) => readonly NamedRole[];

/** Makes a delegation ready to be asked for many paths: prefixes are indexed, patterns split. */
export function delegationMatcher({ roles, succinct }: Delegations): DelegationMatcher {
  if (succinct !== undefined)
    return (path) => [succinctRole(succinct, succinctBin(succinct, path))];
  const patterns = [...roles.entries()]
    .filter(([, { paths }]) => paths.kind === "patterns")
    .map(([place, { paths }]) => [place, paths.list.map(pathPattern)] as const);
  const byHash = patterns.length < roles.length ? prefixIndex(roles) : undefined;
  return (path) => {
    const places = new Set(byHash?.(pathHash(path)));
    for (const [place, list] of patterns) {
      if (list.some((pattern) => pattern.matches(path))) places.add(place);
    }
    return [...places].toSorted((a, b) => a - b).flatMap((place) => roles[place] ?? []);
  };
}

/** The roles that may speak for a path, in the order of preference (TUF 5.6.7.2). */
export function rolesFor(delegations: Delegations, path: string): readonly NamedRole[] {
  return delegationMatcher(delegations)(path);
}

/** Whether a delegated role may speak for any path below a top folder. */
export function reachesFolder({ paths }: DelegatedRole, folder: string): boolean {
  if (paths.kind === "hashPrefixes") return paths.list.length > 0;
  return paths.list.some((pattern) => pathPattern(pattern).reaches(folder));
}

const binSuffix = /^[0-9a-f]{1,8}$/;

/** The role of that name in a delegation, or undefined. */
export function roleNamed(delegations: Delegations, name: string): NamedRole | undefined {
  const { succinct } = delegations;
  if (succinct === undefined) return delegations.roles.find((role) => role.name === name);
  const suffix = name.slice(succinct.namePrefix.length + 1);
  const index = binSuffix.test(suffix) ? Number.parseInt(suffix, 16) : -1;
  if (index < 0 || index >= 2 ** succinct.bitLength || succinctName(succinct, index) !== name) {
    return undefined;
  }
  return succinctRole(succinct, name);
}
