/**
 * The folder of keys: NAME.key holds a private key under its passphrase, NAME.pub its public half,
 * which is all that others need.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import {
  makeDirDurable,
  readFileBounded,
  readFileIfExists,
  removeTree,
  writeFileDurable,
} from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { createKeyFile, readKeyFile, readKeyFileHeader } from "../../host/key-file.ts";
import { ed25519PublicKey } from "../../protocol/ed25519.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { ed25519Key, encodeKey, keyWithId, verifierOf } from "../../protocol/tuf/keys.ts";
import { type Signer, seedSigner } from "../../protocol/tuf/sign.ts";
import type { Key } from "../../protocol/tuf/types.ts";
import { modes } from "../workspace/layout.ts";
import { exists } from "../workspace/publisher.ts";
import { readDocument } from "../workspace/read-document.ts";

/** A key by the name of its files. */
export interface NamedKey {
  readonly name: string;
  readonly key: Key;
  /** Path of the private key's file, if it lies here. */
  readonly file?: string;
}

/** A key that was just made, ready to sign. */
export interface NewKey extends NamedKey {
  readonly file: string;
  readonly signer: Signer;
}

const nameForm = /^[a-z0-9][a-z0-9-]{0,40}$/;
const maxPublicBytes = 64 * 1024;

const publicSchema = z.strictObject({
  format: z.literal(1),
  name: z.string().max(64),
  key: z.strictObject({
    keytype: z.string().max(64),
    scheme: z.string().max(64),
    keyval: z.strictObject({ public: z.string().max(8192) }),
  }),
});

const privatePath = (dir: string, name: string): string => join(dir, `${name}.key`);
export const publicPath = (dir: string, name: string): string => join(dir, `${name}.pub`);

/** Throws usage.input unless the text may name a key. */
export function checkKeyName(name: string): void {
  if (nameForm.test(name)) return;
  const message = `"${name.slice(0, 60)}" is no key name: up to 41 of a-z, 0-9 and "-".`;
  throw new VouchsafeError("usage.input", message);
}

/** Throws usage.input if one of the names is taken. */
export async function checkKeysAreNew(
  fs: FileSystem,
  dir: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    for (const path of [privatePath(dir, name), publicPath(dir, name)]) {
      if (!(await exists(fs, path))) continue;
      throw new VouchsafeError("usage.input", `The key file ${path} exists already.`);
    }
  }
}

/**
 * Makes an Ed25519 key and writes both its files; neither replaces one that is there.
 * @throws VouchsafeError usage.input, secret.unavailable, disk.*
 */
export async function createKey(
  fs: FileSystem,
  dir: string,
  name: string,
  passphrase: string,
): Promise<NewKey> {
  checkKeyName(name);
  await checkKeysAreNew(fs, dir, [name]);
  await makeDirDurable(fs, dir, modes.keysDir);
  const privateKey = randomBytes(32);
  const publicKey = ed25519PublicKey(privateKey);
  const key = ed25519Key(publicKey);
  const file = privatePath(dir, name);
  await createKeyFile(fs, file, { keyId: key.keyId, publicKey, privateKey }, passphrase);
  const document = { format: 1, name, key: encodeKey(key) };
  const bytes = Buffer.from(`${JSON.stringify(document, undefined, 2)}\n`);
  await writeFileDurable(fs, publicPath(dir, name), bytes, { mode: 0o644, exclusive: true });
  return { name, key, file, signer: seedSigner(privateKey) };
}

/** Removes both files of a key. */
export async function removeKey(fs: FileSystem, dir: string, name: string): Promise<void> {
  for (const path of [privatePath(dir, name), publicPath(dir, name)]) await removeTree(fs, path);
}

/** The public half in a NAME.pub file. Throws usage.input, format.newer, disk.*. */
async function readPublicFile(fs: FileSystem, path: string): Promise<Key> {
  const bytes = await readFileBounded(fs, path, maxPublicBytes);
  const codes = { syntax: "usage.input", invalid: "usage.input" } as const;
  const { key } = readDocument(bytes, maxPublicBytes, path, publicSchema, codes);
  const { keytype: keyType, scheme, keyval } = key;
  const withId = keyWithId({ keyType, scheme, publicKey: keyval.public });
  if (verifierOf(withId) !== undefined) return withId;
  throw new VouchsafeError("usage.input", `${path} holds no public key of a kind that is known.`);
}

/**
 * The public key in a private or a public key file. Needs no passphrase.
 * @throws VouchsafeError usage.input, format.newer, disk.*
 */
async function readPublicKey(fs: FileSystem, path: string): Promise<Key> {
  if (path.endsWith(".pub")) return readPublicFile(fs, path);
  return ed25519Key((await readKeyFileHeader(fs, path)).publicKey);
}

/** Opens a private key. Throws key.passphrase, usage.input, format.newer, disk.*. */
export async function openKey(fs: FileSystem, path: string, passphrase: string): Promise<Signer> {
  return seedSigner((await readKeyFile(fs, path, passphrase)).privateKey);
}

/** All keys of a folder, by name; none if there is no folder. Throws as readPublicKey. */
export async function listKeys(fs: FileSystem, dir: string): Promise<readonly NamedKey[]> {
  if (!(await exists(fs, dir))) return [];
  const files = await fs.readdir(dir);
  const names = new Set(
    files.filter((file) => /\.(?:key|pub)$/.test(file)).map((file) => file.slice(0, -4)),
  );
  const keys: NamedKey[] = [];
  for (const name of [...names].filter((text) => nameForm.test(text)).toSorted()) {
    const file = privatePath(dir, name);
    const isPrivate = files.includes(`${name}.key`);
    const key = await readPublicKey(fs, isPrivate ? file : publicPath(dir, name));
    keys.push({ name, key, ...(isPrivate ? { file } : {}) });
  }
  return keys;
}

/**
 * The key that a word of the command line means: a file, a key id, or a name in the folder.
 * @throws VouchsafeError usage.input
 */
export async function findKey(fs: FileSystem, dir: string, word: string): Promise<NamedKey> {
  if (/[/\\.]/.test(word)) return keyInFile(fs, word);
  const keys = await listKeys(fs, dir);
  const found = keys.find(({ name, key }) => name === word || key.keyId === word);
  if (found !== undefined) return found;
  throw new VouchsafeError("usage.input", `There is no key "${word.slice(0, 64)}" in ${dir}.`);
}

async function keyInFile(fs: FileSystem, file: string): Promise<NamedKey> {
  if ((await readFileIfExists(fs, file, maxPublicBytes)) === undefined) {
    throw new VouchsafeError("usage.input", `The key file ${file} does not exist.`);
  }
  const name = file.replace(/^.*[/\\]/, "").replace(/\.(?:key|pub)$/, "");
  const key = await readPublicKey(fs, file);
  return { name, key, ...(file.endsWith(".pub") ? {} : { file }) };
}
