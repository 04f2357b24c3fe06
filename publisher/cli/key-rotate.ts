/** `key rotate`: other keys for root, targets, snapshot, timestamp or halt. */
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { findKey, type NamedKey } from "../keys/key-store.ts";
import { openSigners } from "../keys/role-signers.ts";
import { type RotatableRole, rotatableRoles, rotate } from "../repository/rotate.ts";
import {
  argument,
  keysDirOf,
  numberOf,
  openRoleOf,
  passphrasesOf,
  publisherOf,
} from "./options.ts";

const isRole = (text: string): text is RotatableRole =>
  rotatableRoles.some((role) => role === text);

export async function run(context: CliContext): Promise<number> {
  const { options, out } = context;
  const role = argument(context, 0);
  if (!isRole(role)) {
    const message = `"${role.slice(0, 60)}" is none of ${rotatableRoles.join(", ")}.`;
    throw new VouchsafeError("usage.input", message);
  }
  const threshold = numberOf(context, "threshold");
  const publisher = await publisherOf(context);
  const dir = keysDirOf(context, publisher);
  const keys: NamedKey[] = [];
  for (const word of options.list("key")) keys.push(await findKey(publisher.fs, dir, word));
  const passphrases = passphrasesOf(context);
  const rotated = await rotate(
    publisher,
    openRoleOf(context, publisher),
    (signers) => openSigners(publisher.fs, dir, passphrases, signers, role),
    { role, keys, ...(threshold === undefined ? {} : { threshold }) },
  );
  const shown = keys.map(({ name, key }) => ({ name, keyId: key.keyId }));
  out.json({ result: "rotated", role, keys: shown, ...rotated });
  const names = keys.map(({ name }) => name).join(", ");
  const { rootVersion, snapshotVersion } = rotated;
  const where = role === "halt" ? "" : `root ${rootVersion} and `;
  out.line(`${role} is signed by ${names} from ${where}snapshot ${snapshotVersion} on.`);
  out.line("Keys that no role uses any more can be destroyed; key list shows them.");
  return 0;
}
