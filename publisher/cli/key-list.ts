/** `key list`: the keys of a folder. */
import { formatTable } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { haltRole } from "../../protocol/release/halt.ts";
import { roleNamed } from "../../protocol/tuf/delegations.ts";
import { verifierOf } from "../../protocol/tuf/keys.ts";
import { type Key, topLevelRoles } from "../../protocol/tuf/types.ts";
import { listKeys } from "../keys/key-store.ts";
import { readUpcoming, type Upcoming } from "../repository/upcoming.ts";
import { keysFolder, portsOf, publisherOf } from "./options.ts";

/** The roles that a key signs for, by its material. */
function rolesOf({ published, databases }: Upcoming, key: Key): readonly string[] {
  const material = verifierOf(key)?.material;
  const holds = (keys: ReadonlyMap<string, Key>, keyIds: readonly string[]): boolean =>
    keyIds.some((keyId) => {
      const listed = keys.get(keyId);
      return listed !== undefined && verifierOf(listed)?.material === material;
    });
  const { root, targets } = published;
  const { delegations } = targets;
  const halt = delegations === undefined ? undefined : roleNamed(delegations, haltRole);
  return [
    ...topLevelRoles.filter((role) => holds(root.keys, root.roles[role].keyIds)),
    ...(halt !== undefined && holds(delegations?.keys ?? new Map(), halt.keyIds) ? [haltRole] : []),
    ...[...published.databases.values()]
      .filter(({ signers }) => holds(signers.keys, signers.keyIds))
      .map(({ name }) => name),
    ...[...databases.values()]
      .filter(({ rotation, signers }) => rotation && holds(signers.keys, signers.keyIds))
      .map(({ name }) => `${name} (next release)`),
  ];
}

/** What is published and about to be, or undefined when only a folder of keys was named. */
async function upcomingOf(context: CliContext): Promise<Upcoming | undefined> {
  try {
    return await readUpcoming(await publisherOf(context));
  } catch (error) {
    const isElsewhere = error instanceof VouchsafeError && error.code === "config.missing";
    if (isElsewhere && context.options.str("keys") !== undefined) return undefined;
    throw error;
  }
}

export async function run(context: CliContext): Promise<number> {
  const dir = await keysFolder(context);
  const upcoming = await upcomingOf(context);
  const keys = (await listKeys(portsOf(context).fs, dir)).map(({ name, key, file }) => ({
    name,
    keyId: key.keyId,
    scheme: key.scheme,
    file: file ?? null,
    roles: upcoming === undefined ? [] : rolesOf(upcoming, key),
  }));
  context.out.json({ result: "done", keys });
  const rows = keys.map(({ name, keyId, file, roles }) => [
    name,
    keyId.slice(0, 12),
    file === null ? "public" : "private",
    roles.join(", "),
  ]);
  context.out.line(formatTable([["NAME", "KEY ID", "HALF", "SIGNS FOR"], ...rows]));
  return 0;
}
