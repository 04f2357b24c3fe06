/** `halt`: stop a release on every endpoint, by one key, at once. */
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { verifierOf } from "../../protocol/tuf/keys.ts";
import { findKey, openKey } from "../keys/key-store.ts";
import { openSigners } from "../keys/role-signers.ts";
import { halt, type OpenHalt } from "../repository/halt.ts";
import type { Publisher } from "../workspace/publisher.ts";
import { argument, keysDirOf, openRoleOf, passphrasesOf, publisherOf } from "./options.ts";

/** Opens the key that --key names, or the role's key in the folder of keys. */
function openHaltOf(context: CliContext, { fs, ...publisher }: Publisher): OpenHalt {
  const dir = keysDirOf(context, { fs, ...publisher });
  const passphrases = passphrasesOf(context);
  const word = context.options.str("key");
  return async (signers) => {
    if (word === undefined) return openSigners(fs, dir, passphrases, signers, "halt");
    const { name, key, file } = await findKey(fs, dir, word);
    const material = verifierOf(key)?.material;
    const listed = signers.keyIds
      .flatMap((keyId) => signers.keys.get(keyId) ?? [])
      .find((one) => verifierOf(one)?.material === material);
    if (listed === undefined || file === undefined) {
      const why =
        listed === undefined ? "may not halt releases" : "lies here as its public half only";
      throw new VouchsafeError("key.unusable", `The key ${name} ${why}.`);
    }
    const { sign } = await openKey(fs, file, await passphrases.forKey(name));
    return [{ key: listed, sign }];
  };
}

function versionOf(context: CliContext): number {
  const text = argument(context, 1);
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  const message = "VERSION is the number of a release, as status shows it.";
  throw new VouchsafeError("usage.arguments", message);
}

export async function run(context: CliContext): Promise<number> {
  const { options, out } = context;
  const database = argument(context, 0);
  const version = versionOf(context);
  const lift = options.flag("lift");
  const reason = options.str("reason") ?? "";
  if (lift && reason !== "") {
    throw new VouchsafeError("usage.arguments", "--reason does not go with --lift.");
  }
  const publisher = await publisherOf(context);
  const request = { database, version, reason, lift };
  const done = await halt(
    publisher,
    openRoleOf(context, publisher),
    openHaltOf(context, publisher),
    request,
  );
  out.json({ result: lift ? "lifted" : "halted", database, version, ...done });
  if (lift) out.line(`${database} ${version} may be installed again.`);
  else {
    out.line(`Halted ${database} ${version}: no agent installs it after its next check.`);
    out.line("Where it is installed already, it stays until a newer release or a rollback.");
  }
  const { length } = done.halted;
  if (length > 0)
    out.line(`${length} halted until ${done.expires}; publish a newer release before.`);
  return 0;
}
