/**
 * The search for one target in a repository (TUF 5.6.7): fetches the roles on its way, each under
 * the keys of the role that led to it in this very search. A role that was read through another
 * delegator before gets no authority from that.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { lookUp, type SearchableRole, searchable } from "../../protocol/tuf/lookup.ts";
import type { Reading } from "../../protocol/tuf/trusted-set.ts";
import type { TargetFile } from "../../protocol/tuf/types.ts";
import type { Restored } from "./restore.ts";
import { type RoleSources, takeRoles } from "./workflow.ts";

/** What a search found, and the state with the roles in it that were read on the way. */
export interface FoundTarget {
  readonly state: Restored;
  /** Absent when no role that may speak for the path lists it. */
  readonly target?: TargetFile;
}

/**
 * Searches for a target.
 *
 * @param state with the top-level roles in it
 * @throws VouchsafeError `trust.*`, `transfer.*`, `repository.missing`; `trust.role` also when
 *   the search would visit too many roles
 */
export async function findTarget(
  state: Restored,
  path: string,
  sources: RoleSources,
  reading: Reading,
): Promise<FoundTarget> {
  const top = state.set.targets.get("targets");
  if (top === undefined) throw new Error("a search needs the top-level targets first");
  const read = new Map<string, SearchableRole>([["targets", searchable(top)]]);
  let reached = state;
  for (;;) {
    const result = lookUp(path, ({ role }) => read.get(role));
    if (result.kind === "found") return { state: reached, target: result.target };
    if (result.kind === "absent") return { state: reached };
    if (result.kind === "too-far") {
      const message = `The search for ${path} would visit too many roles.`;
      throw new VouchsafeError("trust.role", message);
    }
    const { role, parent } = result.visit;
    reached = await takeRoles(reached, [role], parent, sources, reading);
    const targets = reached.set.targets.get(role);
    if (targets === undefined) throw new Error("takeRoles left no role");
    read.set(role, searchable(targets));
  }
}
