/**
 * The search for a target through delegations (TUF 5.6.7): pre-order, depth first, in the order
 * in which each delegator prefers its roles. Pure: it runs over the roles at hand and says which
 * one it needs next.
 */
import { type DelegationMatcher, delegationMatcher } from "./delegations.ts";
import { limits } from "./limits.ts";
import type { TargetFile, Targets } from "./types.ts";

/** A role on the way of a search, and the role whose delegation leads to it. */
export interface Visit {
  readonly role: string;
  readonly parent: string;
}

/** Where a search ends, or waits. */
export type LookUp =
  | { readonly kind: "found"; readonly role: string; readonly target: TargetFile }
  /** The role must be read first, under the keys that this parent gives it. */
  | { readonly kind: "needs"; readonly visit: Visit }
  /** No role that may speak for the path lists it. */
  | { readonly kind: "absent" }
  /** More roles than any search may visit ({@link limits.delegatedRoles}). */
  | { readonly kind: "too-far" };

/** A role made ready to be searched. */
export interface SearchableRole {
  readonly targets: Targets["targets"];
  readonly rolesFor: DelegationMatcher;
}

/** Makes a role ready to be searched for many paths. */
export function searchable({ targets, delegations }: Targets): SearchableRole {
  return {
    targets,
    rolesFor: delegations === undefined ? () => [] : delegationMatcher(delegations),
  };
}

/**
 * Searches for a path.
 *
 * @param path the whole target path
 * @param roleAt a role as its parent on this very way vouches for it, if it is at hand
 */
export function lookUp(path: string, roleAt: (visit: Visit) => SearchableRole | undefined): LookUp {
  const visited = new Set<string>();
  let waiting: readonly Visit[] = [{ role: "targets", parent: "root" }];
  for (;;) {
    const [visit, ...others] = waiting;
    if (visit === undefined) return { kind: "absent" };
    waiting = others;
    if (visited.has(visit.role)) continue; // 5.6.7.1: cycles end here
    if (visited.size >= limits.delegatedRoles) return { kind: "too-far" };
    const role = roleAt(visit);
    if (role === undefined) return { kind: "needs", visit };
    const target = role.targets.get(path);
    if (target !== undefined) return { kind: "found", role: visit.role, target };
    visited.add(visit.role);
    // 5.6.7.2: a terminating role that may speak for the path is the last that is asked; nothing
    // after it, at any level, is visited any more.
    const children = role.rolesFor(path);
    const last = children.findIndex(({ terminating }) => terminating);
    const next = (last < 0 ? children : children.slice(0, last + 1)).map(({ name }) => ({
      role: name,
      parent: visit.role,
    }));
    waiting = last < 0 ? [...next, ...waiting] : next;
  }
}
