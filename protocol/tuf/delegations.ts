/** Which delegated roles may speak for a path (TUF 4.5, 5.6.7; TAP 15). */
import { createHash } from "node:crypto";
import type { DelegatedRole, Delegations, RoleKeys, SuccinctRoles } from "./types.ts";

/** A role that a delegation names, whichever way it names it. */
export interface NamedRole extends RoleKeys {
  readonly name: string;
  readonly terminating: boolean;
}

/** One segment of a pattern against one of a path: `*` and `?`, linear in memory, no regex. */
function segmentMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p;
      mark = t;
      p += 1;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      t = mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}

/** Whether a pattern matches a path; `*` and `?` never match a slash (TUF 4.5, PATHPATTERN). */
export function patternMatches(pattern: string, path: string): boolean {
  const patterns = pattern.split("/");
  const segments = path.split("/");
  return (
    patterns.length === segments.length &&
    patterns.every((part, index) => segmentMatches(part, segments[index] ?? ""))
  );
}

/** SHA-256 of the target path in hex: what hash prefixes and bins go by. */
export function pathHash(path: string): string {
  return createHash("sha256").update(path).digest("hex");
}

/** The bin of a succinct delegation that a path falls into (TAP 15). */
export function succinctBin(roles: SuccinctRoles, path: string): string {
  const first32 = Number.parseInt(pathHash(path).slice(0, 8), 16);
  return succinctName(roles, Math.floor(first32 / 2 ** (32 - roles.bitLength)));
}

/** The name of bin `index` (TAP 15): zero-filled hex of the width that the last bin needs. */
export function succinctName(roles: SuccinctRoles, index: number): string {
  const width = (2 ** roles.bitLength - 1).toString(16).length;
  return `${roles.namePrefix}-${index.toString(16).padStart(width, "0")}`;
}

/** Whether a delegated role may speak for a path. */
export function roleMatches(role: DelegatedRole, path: string): boolean {
  if (role.paths.kind === "patterns") {
    return role.paths.list.some((pattern) => patternMatches(pattern, path));
  }
  const hash = pathHash(path);
  return role.paths.list.some((prefix) => hash.startsWith(prefix));
}

/** The roles that may speak for a path, in the order of preference (TUF 5.6.7.2). */
export function rolesFor(delegations: Delegations, path: string): readonly NamedRole[] {
  const { succinct } = delegations;
  if (succinct === undefined) return delegations.roles.filter((role) => roleMatches(role, path));
  const { keyIds, threshold } = succinct;
  return [{ name: succinctBin(succinct, path), keyIds, threshold, terminating: true }];
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
  const { keyIds, threshold } = succinct;
  return { name, keyIds, threshold, terminating: true };
}
