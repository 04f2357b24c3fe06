/** From trusted metadata to one database's release, its bins included. Saves nothing. */
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { own } from "../../protocol/json.ts";
import { binNames, checkBins } from "../../protocol/release/bins.ts";
import { checkRelease, plainRelease } from "../../protocol/release/release-info.ts";
import { roleNamed } from "../../protocol/tuf/delegations.ts";
import type { Reading } from "../../protocol/tuf/trusted-set.ts";
import type { Targets } from "../../protocol/tuf/types.ts";
import { checkClock } from "./clock.ts";
import { checkFindable } from "./findable.ts";
import type { Restored } from "./restore.ts";
import type { TrustedRelease } from "./types.ts";
import { type RoleSources, takeRoles } from "./workflow.ts";

/** What a release is judged by, beside the metadata itself. */
export interface ReleaseRules {
  readonly repository: Sha256;
  /** Whether roles of another maker, without `release`, are taken. */
  readonly plain: boolean;
}

function ownKeys(state: Restored, database: string) {
  const delegations = state.set.targets.get("targets")?.delegations;
  const named = delegations === undefined ? undefined : roleNamed(delegations, database);
  if (delegations === undefined || named === undefined) {
    throw new VouchsafeError("trust.role", `The repository has no database ${database}.`);
  }
  return { keys: delegations.keys, keyIds: named.keyIds, threshold: named.threshold };
}

function describe(database: string, role: Targets, bins: Targets[], rules: ReleaseRules) {
  if (own(role.extra, "release") === undefined && rules.plain) {
    const files = [role, ...bins].map((part) => part.targets);
    return {
      label: `${role.version}`,
      created: "",
      notes: "",
      files: plainRelease(
        database,
        files.flatMap((targets) => [...targets.values()]),
      ),
    };
  }
  const { info, files } = checkRelease(database, rules.repository, role, bins);
  const { label, created, notes, minAgent, rollout } = info;
  return {
    label,
    created,
    notes,
    files,
    ...(minAgent === undefined ? {} : { minAgent }),
    ...(rollout === undefined ? {} : { rollout }),
  };
}

/**
 * The release of a database that trusted metadata names, and the state with its roles in it.
 *
 * @throws VouchsafeError `trust.role`, `trust.release`, other `trust.*`, `transfer.*`
 */
export async function takeRelease(
  state: Restored,
  database: string,
  sources: RoleSources,
  reading: Reading,
  rules: ReleaseRules,
): Promise<{ readonly state: Restored; readonly release: TrustedRelease }> {
  const keys = ownKeys(state, database);
  const withRole = await takeRoles(state, [database], "targets", sources, reading);
  const role = withRole.set.targets.get(database);
  const bytes = withRole.files.get(database);
  if (role === undefined || bytes === undefined) throw new Error("takeRoles left no role");
  const names = binNames(database, role, keys);
  const whole = await takeRoles(withRole, names, database, sources, reading);
  const bins = new Map(
    names.map((name) => {
      const bin = whole.set.targets.get(name);
      if (bin === undefined) throw new Error("takeRoles left no bin");
      return [name, bin] as const;
    }),
  );
  checkBins(database, role, bins);
  const description = describe(database, role, [...bins.values()], rules);
  const top = whole.set.targets.get("targets");
  if (top === undefined) throw new Error("a release needs the top-level targets first");
  checkFindable(database, top, new Map([[database, role], ...bins]), description.created !== "");
  if (description.created !== "") {
    const because = `release ${role.version} of ${database} was made`;
    checkClock(reading.now, { at: Date.parse(description.created), because });
  }
  const release: TrustedRelease = {
    database,
    version: role.version,
    digest: sha256(bytes),
    consistentSnapshot: whole.set.root.consistentSnapshot,
    ...description,
  };
  return { state: whole, release };
}
