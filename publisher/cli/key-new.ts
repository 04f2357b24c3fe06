/** `key new`: a person's key. */
import { resolve } from "node:path";
import type { CliContext } from "../../host/cli/types.ts";
import { checkKeyName, checkKeysAreNew, createKey, publicPath } from "../keys/key-store.ts";
import { keysDir } from "../workspace/settings.ts";
import { argument, passphrasesOf, portsOf, publisherOf } from "./options.ts";

/** The folder of keys that a call means: --keys, else the working folder's. */
export async function keysDirOf(context: CliContext): Promise<string> {
  const given = context.options.str("keys");
  if (given !== undefined) return resolve(given);
  const { layout, settings } = await publisherOf(context);
  return keysDir(layout, settings);
}

export async function run(context: CliContext): Promise<number> {
  const { fs } = portsOf(context);
  const name = argument(context, 0);
  const dir = await keysDirOf(context);
  checkKeyName(name);
  await checkKeysAreNew(fs, dir, [name]);
  const passphrase = await passphrasesOf(context).forNewKey(name);
  const { key, file } = await createKey(fs, dir, name, passphrase);
  const publicFile = publicPath(dir, name);
  context.out.json({ result: "created", name, keyId: key.keyId, file, publicFile });
  context.out.line(`Made the key ${name} (${key.keyId.slice(0, 12)}) in ${file}.`);
  context.out.line(`${publicFile} is its public half, for "database add".`);
  return 0;
}
