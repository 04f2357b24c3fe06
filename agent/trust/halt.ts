/**
 * Releases that the vendor stopped, from the delegated role `halt`. A role that the snapshot lists
 * must be there and genuine; once it has expired it stops nothing any more.
 */
import type { Sha256 } from "../../protocol/bytes.ts";
import { own } from "../../protocol/json.ts";
import { type HaltedRelease, haltRole, readHalt } from "../../protocol/release/halt.ts";
import { roleNamed } from "../../protocol/tuf/delegations.ts";
import { isExpired, type Reading } from "../../protocol/tuf/trusted-set.ts";
import type { Restored } from "./restore.ts";
import { type RoleSources, takeRoles } from "./workflow.ts";

/** What is stopped, and the state with the role in it. */
export interface TakenHalt {
  readonly state: Restored;
  readonly halted: readonly HaltedRelease[];
}

/**
 * Reads the role `halt` that trusted metadata names, if it names one.
 *
 * @param plain whether the repository may be another maker's, in which the name means nothing
 * @throws VouchsafeError `trust.*`, `transfer.*`, `repository.missing`
 */
export async function takeHalt(
  state: Restored,
  sources: RoleSources,
  reading: Reading,
  { repository, plain }: { readonly repository: Sha256; readonly plain: boolean },
): Promise<TakenHalt> {
  const { snapshot, targets } = state.set;
  const delegations = targets.get("targets")?.delegations;
  const isListed = snapshot?.meta.has(`${haltRole}.json`) === true;
  if (!isListed || delegations === undefined || roleNamed(delegations, haltRole) === undefined) {
    return { state, halted: [] };
  }
  // Its expiry ends its effect; it must not be a reason to refuse everything else.
  const undated = { ...reading, now: Number.NEGATIVE_INFINITY };
  const taken = await takeRoles(state, [haltRole], "targets", sources, undated);
  const role = taken.set.targets.get(haltRole);
  if (role === undefined) throw new Error("takeRoles left no role");
  if (plain && own(role.extra, "halted") === undefined) return { state: taken, halted: [] };
  const halted = readHalt(role, repository);
  return { state: taken, halted: isExpired(role, reading.now) ? [] : halted };
}
