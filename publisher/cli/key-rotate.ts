/** `key rotate`: other keys for root, targets, snapshot, timestamp, halt or a database. */
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { findKey, type NamedKey } from "../keys/key-store.ts";
import { openSigners } from "../keys/role-signers.ts";
import { readPublished } from "../repository/published.ts";
import { type RotatableRole, rotatableRoles, rotate } from "../repository/rotate.ts";
import { rotateDatabase, withdrawRotation } from "../repository/rotate-database.ts";
import { readUpcoming } from "../repository/upcoming.ts";
import type { Publisher } from "../workspace/publisher.ts";
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

/** Throws usage.input unless the word names a database. */
async function checkDatabase(publisher: Publisher, word: string): Promise<void> {
  if ((await readPublished(publisher)).databases.has(word)) return;
  const roles = rotatableRoles.join(", ");
  const message = `"${word.slice(0, 60)}" is none of ${roles}, and no database.`;
  throw new VouchsafeError("usage.input", message);
}

async function keysOf(context: CliContext, publisher: Publisher): Promise<readonly NamedKey[]> {
  const dir = keysDirOf(context, publisher);
  const keys: NamedKey[] = [];
  for (const word of context.options.list("key")) keys.push(await findKey(publisher.fs, dir, word));
  return keys;
}

const shown = (keys: readonly NamedKey[]) =>
  keys.map(({ name, key }) => ({ name, keyId: key.keyId }));
const namesOf = (keys: readonly NamedKey[]): string => keys.map(({ name }) => name).join(", ");

async function rotateRole(
  context: CliContext,
  publisher: Publisher,
  role: RotatableRole,
): Promise<void> {
  const { out } = context;
  const threshold = numberOf(context, "threshold");
  const dir = keysDirOf(context, publisher);
  const keys = await keysOf(context, publisher);
  const passphrases = passphrasesOf(context);
  const rotated = await rotate(
    publisher,
    openRoleOf(context, publisher),
    (signers) => openSigners(publisher.fs, dir, passphrases, signers, role),
    { role, keys, ...(threshold === undefined ? {} : { threshold }) },
  );
  out.json({ result: "rotated", role, keys: shown(keys), ...rotated });
  const { rootVersion, snapshotVersion } = rotated;
  const where = role === "halt" ? "" : `root ${rootVersion} and `;
  out.line(`${role} is signed by ${namesOf(keys)} from ${where}snapshot ${snapshotVersion} on.`);
  out.line("Keys that no role uses any more can be destroyed; key list shows them.");
  const { next } = await readUpcoming(publisher);
  if (next.kind === "void") out.warn(next.why);
}

async function rotatePersons(
  context: CliContext,
  publisher: Publisher,
  database: string,
): Promise<void> {
  const { out } = context;
  const threshold = numberOf(context, "threshold");
  const keys = await keysOf(context, publisher);
  const request = { database, keys, ...(threshold === undefined ? {} : { threshold }) };
  const signed = await rotateDatabase(publisher, openRoleOf(context, publisher), request);
  out.json({ result: "signed", role: database, keys: shown(keys), ...signed });
  const many = `${signed.threshold} of ${keys.length} must approve (${namesOf(keys)})`;
  out.line(`${database} has new keys from its next release on: ${many}.`);
  if (signed.voidsProposal) {
    out.warn(`The open proposal of ${database} was made for the old keys: withdraw it.`);
  }
  out.line(`Until then the old ones count. Propose a release, which may have the same files;`);
  out.line(`once the new keys approved it, "publish" brings both, until ${signed.expires}.`);
  const others = signed.together.filter((name) => name !== database);
  if (others.length > 0) out.line(`It goes out together with the keys of ${others.join(", ")}.`);
}

async function withdraw(
  context: CliContext,
  publisher: Publisher,
  database: string,
): Promise<void> {
  const { out } = context;
  const done = await withdrawRotation(publisher, openRoleOf(context, publisher), database);
  out.json({ result: "withdrawn", role: database, ...done });
  out.line(`The keys of ${database} stay as they are.`);
  const { issued, remaining } = done;
  if (issued === undefined) out.line("The signed change did not count any more and is gone.");
  else out.line(`Targets ${issued.targetsVersion} make the signed change void for ever.`);
  if (remaining.length > 0) out.line(`The keys of ${remaining.join(", ")} still change.`);
}

export async function run(context: CliContext): Promise<number> {
  const { options } = context;
  const role = argument(context, 0);
  const takesBack = options.flag("withdraw");
  if (takesBack && (options.list("key").length > 0 || options.str("threshold") !== undefined)) {
    throw new VouchsafeError("usage.arguments", "--withdraw goes without --key and --threshold.");
  }
  if (isRole(role)) {
    if (takesBack) {
      const message = `--withdraw is for databases; the keys of ${role} change at once.`;
      throw new VouchsafeError("usage.arguments", message);
    }
    await rotateRole(context, await publisherOf(context), role);
    return 0;
  }
  const publisher = await publisherOf(context);
  await checkDatabase(publisher, role);
  await (takesBack ? withdraw : rotatePersons)(context, publisher, role);
  return 0;
}
