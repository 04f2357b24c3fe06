/**
 * Other keys for databases, as the top-level targets write them. Pure: planning the targets that
 * follow, and finding in such targets whose keys change, and that nothing else does.
 */
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { canonicalText } from "../../protocol/canonical.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { jsonObject } from "../../protocol/json.ts";
import { haltRole } from "../../protocol/release/halt.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { encodeKey } from "../../protocol/tuf/keys.ts";
import type { Key, RoleKeys, Targets } from "../../protocol/tuf/types.ts";
import type { Signers } from "../../protocol/tuf/verify.ts";

/** The keys of a database from some moment on. */
export interface Rotation extends Signers {
  readonly database: string;
}

/** What every version of metadata has of its own. */
export interface Dated {
  readonly version: number;
  readonly expires: string;
}

const rolesOf = ({ delegations }: Targets) => delegations?.roles ?? [];
const textOf = (targets: Targets): string => canonicalText(encodeSigned(targets));
const idsOf = ({ keyIds, threshold }: RoleKeys): string => `${threshold} ${keyIds.join(" ")}`;

/** Those of the keys that a role names. */
export function usedKeys({ keys, keyIds }: Signers): ReadonlyMap<string, Key> {
  return new Map([...keys].filter(([keyId]) => keyIds.includes(keyId)));
}

/** SHA-256 that tells one set of keys with their threshold from another. */
export function delegationDigest(signers: Signers): Sha256 {
  const keys = Array.from(usedKeys(signers), ([id, key]) => [id, encodeKey(key)] as const);
  const { threshold } = signers;
  return sha256(canonicalText({ keys: jsonObject(keys), threshold }));
}

/** The targets with other keys for databases that they delegate, and none that no role uses. */
export function withRotations(
  previous: Targets,
  rotations: readonly Rotation[],
  { version, expires }: Dated,
): Targets {
  const changes = new Map(rotations.map((rotation) => [rotation.database, rotation] as const));
  const roles = rolesOf(previous).map((role) => {
    const { keyIds, threshold } = changes.get(role.name) ?? role;
    return { ...role, keyIds, threshold };
  });
  const used = new Set(roles.flatMap(({ keyIds }) => keyIds));
  const known = [previous.delegations?.keys ?? new Map(), ...rotations.map(usedKeys)];
  const keys = new Map(known.flatMap((some) => [...some]).filter(([keyId]) => used.has(keyId)));
  return { ...previous, version, expires, delegations: { keys, roles } };
}

/**
 * The databases whose keys differ between two targets, with the keys that they get.
 *
 * @throws VouchsafeError `proposal.changed` when anything else differs, or nothing does
 */
export function rotationsBetween(before: Targets, after: Targets): readonly Rotation[] {
  const old = new Map(rolesOf(before).map((role) => [role.name, idsOf(role)] as const));
  const keys = after.delegations?.keys ?? new Map<string, Key>();
  const rotations = rolesOf(after)
    .filter((role) => role.name !== haltRole && old.get(role.name) !== idsOf(role))
    .map(({ name, keyIds, threshold }) => ({ database: name, keys, keyIds, threshold }));
  if (rotations.length > 0 && textOf(withRotations(before, rotations, after)) === textOf(after)) {
    return rotations;
  }
  const message = "The signed change of keys changes something else than keys of databases.";
  throw new VouchsafeError("proposal.changed", message);
}
