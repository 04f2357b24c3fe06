/** `database add`: a delegation. */
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { type BinSetting, makeBinSetting } from "../../protocol/release/bin-settings.ts";
import { canaryFile, makeCanaryKind } from "../../protocol/release/canary.ts";
import { findKey, type NamedKey } from "../keys/key-store.ts";
import { addDatabase } from "../repository/add-database.ts";
import { argument, keysDirOf, numberOf, openRoleOf, publisherOf } from "./options.ts";

const maxSubfolders = 8;

function binsOf(context: CliContext): BinSetting | undefined {
  const count = numberOf(context, "bins");
  const style = context.options.str("bin-style");
  if (count !== undefined) return makeBinSetting(count, style);
  if (style === undefined) return undefined;
  throw new VouchsafeError("usage.arguments", "--bin-style needs --bins, the number of bins.");
}

export async function run(context: CliContext): Promise<number> {
  const { options, out } = context;
  const name = argument(context, 0);
  const threshold = numberOf(context, "threshold");
  const subfolders = numberOf(context, "subfolders") ?? 0;
  if (subfolders > maxSubfolders) {
    throw new VouchsafeError("usage.input", `Folders may nest at most ${maxSubfolders} deep.`);
  }
  const bins = binsOf(context);
  const canaryWord = options.str("canary");
  const canary = canaryWord === undefined ? undefined : makeCanaryKind(canaryWord);
  const publisher = await publisherOf(context);
  const dir = keysDirOf(context, publisher);
  const keys: NamedKey[] = [];
  for (const word of options.list("key")) keys.push(await findKey(publisher.fs, dir, word));
  const added = await addDatabase(publisher, openRoleOf(context, publisher), {
    name,
    keys,
    subfolders,
    ...(threshold === undefined ? {} : { threshold }),
    ...(bins === undefined ? {} : { bins }),
    ...(canary === undefined ? {} : { canary }),
  });
  const { role, targetsVersion, snapshotVersion, timestampVersion } = added;
  out.json({
    result: "added",
    database: name,
    threshold: role.threshold,
    keys: keys.map((key) => ({ name: key.name, keyId: key.key.keyId })),
    bins: bins ?? null,
    canary: canary ?? null,
    targetsVersion,
    snapshotVersion,
    timestampVersion,
  });
  const who = keys.map((key) => key.name).join(", ");
  out.line(`Added ${name}: ${role.threshold} of ${keys.length} must approve (${who}).`);
  if (bins !== undefined) {
    out.line(
      `Its releases are spread over ${bins.count} bins (${bins.style}), for its whole life.`,
    );
  }
  if (canary !== undefined) out.line(`Each of its releases gets ${canaryFile(canary)}.`);
  return 0;
}
