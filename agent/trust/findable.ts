/**
 * Holds a release to what a TUF look-up finds (TUF 5.6.7): an endpoint installs exactly what any
 * other TUF client would find below the database's folder, no more and no less. What delegates
 * otherwise is refused, never followed: a release is enumerated by its own role and its bins.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { reachesFolder } from "../../protocol/tuf/delegations.ts";
import { lookUp, searchable } from "../../protocol/tuf/lookup.ts";
import type { Targets } from "../../protocol/tuf/types.ts";

function refuse(message: string): VouchsafeError {
  return new VouchsafeError("trust.release", message);
}

/** Throws unless nobody but the database's role is asked for anything below its folder. */
function checkSole(database: string, top: Targets): void {
  const { roles = [] } = top.delegations ?? {};
  const place = roles.findIndex(({ name }) => name === database);
  const before = roles.slice(0, Math.max(place, 0));
  const other = before.find((role) => reachesFolder(role, database));
  if (other !== undefined) {
    throw refuse(`The role ${other.name} is asked before ${database} for files of its folder.`);
  }
  if (roles[place]?.terminating !== true) {
    throw refuse(`The role ${database} is not terminating: others may add files to its folder.`);
  }
}

/**
 * Checks that a look-up of every file of a release ends at the entry that the release lists.
 *
 * @param top the top-level targets
 * @param parts the database's role first, then its bins
 * @param sole whether, beyond that, no other role may speak for anything below the folder. A
 *   repository of another maker (`repository.plain`) need not promise that
 * @throws VouchsafeError `trust.release`
 */
export function checkFindable(
  database: string,
  top: Targets,
  parts: ReadonlyMap<string, Targets>,
  sole: boolean,
): void {
  for (const path of top.targets.keys()) {
    if (path.startsWith(`${database}/`)) {
      throw refuse(`The top-level targets list a file of the folder of ${database} themselves.`);
    }
  }
  if (sole) checkSole(database, top);
  const ready = new Map(
    [...parts, ["targets", top] as const].map(([name, role]) => [name, searchable(role)]),
  );
  for (const [name, part] of parts) {
    for (const path of part.targets.keys()) {
      const result = lookUp(path, ({ role }) => ready.get(role));
      if (result.kind === "found" && result.role === name) continue;
      const why =
        result.kind === "needs"
          ? `would ask the role ${result.visit.role}`
          : "does not find it there";
      throw refuse(`The role ${name} lists a file, but a TUF look-up of it ${why}.`);
    }
  }
}
