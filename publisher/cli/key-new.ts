/** `key new`: a person's key. */
import type { CliContext } from "../../host/cli/types.ts";
import { checkKeyName, checkKeysAreNew, createKey, publicPath } from "../keys/key-store.ts";
import { argument, keysFolder, passphrasesOf, portsOf } from "./options.ts";

export async function run(context: CliContext): Promise<number> {
  const { fs } = portsOf(context);
  const name = argument(context, 0);
  const dir = await keysFolder(context);
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
