/** `database add`: a delegation. */
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { findKey, type NamedKey } from "../keys/key-store.ts";
import { addDatabase } from "../repository/add-database.ts";
import { argument, keysDirOf, numberOf, openRoleOf, publisherOf } from "./options.ts";

const maxSubfolders = 8;

export async function run(context: CliContext): Promise<number> {
  const { options, out } = context;
  const name = argument(context, 0);
  const threshold = numberOf(context, "threshold");
  const subfolders = numberOf(context, "subfolders") ?? 0;
  if (subfolders > maxSubfolders) {
    throw new VouchsafeError("usage.input", `Folders may nest at most ${maxSubfolders} deep.`);
  }
  const publisher = await publisherOf(context);
  const dir = keysDirOf(context, publisher);
  const keys: NamedKey[] = [];
  for (const word of options.list("key")) keys.push(await findKey(publisher.fs, dir, word));
  const added = await addDatabase(publisher, openRoleOf(context, publisher), {
    name,
    keys,
    subfolders,
    ...(threshold === undefined ? {} : { threshold }),
  });
  const { role, targetsVersion, snapshotVersion, timestampVersion } = added;
  out.json({
    result: "added",
    database: name,
    threshold: role.threshold,
    keys: keys.map((key) => ({ name: key.name, keyId: key.key.keyId })),
    targetsVersion,
    snapshotVersion,
    timestampVersion,
  });
  const who = keys.map((key) => key.name).join(", ");
  out.line(`Added ${name}: ${role.threshold} of ${keys.length} must approve (${who}).`);
  return 0;
}
