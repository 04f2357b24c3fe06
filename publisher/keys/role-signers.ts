/** Opening as many of a role's keys as its threshold asks for. */
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { verifierOf } from "../../protocol/tuf/keys.ts";
import type { Signer } from "../../protocol/tuf/sign.ts";
import type { Root, TopLevelRole } from "../../protocol/tuf/types.ts";
import type { Signers } from "../../protocol/tuf/verify.ts";
import { listKeys, openKey } from "./key-store.ts";
import type { Passphrases } from "./passphrases.ts";

/** Opens the keys of a top-level role. */
export type OpenRole = (root: Root, role: TopLevelRole) => Promise<readonly Signer[]>;

/**
 * Signers for a role from the key files of a folder, found by key material.
 * @param role its name, for the message
 * @throws VouchsafeError key.unusable when too few of the role's keys lie there; key.passphrase,
 *   secret.unavailable, disk.*
 */
export async function openSigners(
  fs: FileSystem,
  dir: string,
  passphrases: Passphrases,
  { keys, keyIds, threshold }: Signers,
  role: string,
): Promise<readonly Signer[]> {
  const wanted = new Map(
    keyIds.flatMap((keyId) => {
      const key = keys.get(keyId);
      const material = key === undefined ? undefined : verifierOf(key)?.material;
      return key === undefined || material === undefined ? [] : [[material, key] as const];
    }),
  );
  const signers: Signer[] = [];
  for (const { name, key, file } of await listKeys(fs, dir)) {
    const listed = wanted.get(verifierOf(key)?.material ?? "");
    if (listed === undefined || file === undefined || signers.length === threshold) continue;
    const { sign } = await openKey(fs, file, await passphrases.forKey(name));
    signers.push({ key: listed, sign });
  }
  if (signers.length === threshold) return signers;
  const message = `${dir} holds ${signers.length} of the ${threshold} keys that ${role} needs.`;
  throw new VouchsafeError("key.unusable", message);
}

/** {@link openSigners} for the top-level roles, as roots name their keys. */
export function roleOpener(fs: FileSystem, dir: string, passphrases: Passphrases): OpenRole {
  return (root, role) =>
    openSigners(fs, dir, passphrases, { keys: root.keys, ...root.roles[role] }, role);
}
