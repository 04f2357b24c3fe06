/**
 * Private keys at rest: an Ed25519 seed under a passphrase, scrypt (RFC 7914) and secretbox
 * (XSalsa20-Poly1305). What is public stays readable, so that keys can be listed without it.
 */
import { randomBytes, scrypt } from "node:crypto";
import nacl from "tweetnacl";
import { ed25519PublicKey } from "../protocol/ed25519.ts";
import { VouchsafeError } from "../protocol/errors.ts";
import { writeFileDurable } from "./durable.ts";
import type { FileSystem } from "./file-system.ts";
import {
  type KdfParameters,
  type KeyFileDocument,
  readKeyFileDocument,
} from "./key-file-format.ts";

/** What anybody may know of a key. */
export interface KeyFileHeader {
  readonly keyType: "ed25519";
  /** The TUF key id, as its owner computed it. */
  readonly keyId: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** A key pair; `privateKey` is the 32-byte seed of RFC 8032. */
export interface KeyPair extends KeyFileHeader {
  readonly privateKey: Uint8Array;
}

/** RFC 7914 parameters of new files: 32 MiB, about 0.1 s. */
const parameters = { n: 2 ** 15, r: 8, p: 1 } as const;

function deriveKey(passphrase: string, salt: Uint8Array, kdf: KdfParameters): Promise<Buffer> {
  const { n, r, p } = kdf;
  // Twice what the algorithm needs (128 N r): OpenSSL counts its own overhead.
  const options = { N: n, r, p, maxmem: 256 * n * r + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    // The same passphrase typed on another keyboard must open the file: Unicode NFC.
    scrypt(passphrase.normalize("NFC"), salt, nacl.secretbox.keyLength, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

/**
 * Writes a new key file, mode 0600; an existing file is never replaced.
 * @throws VouchsafeError secret.unavailable for an empty passphrase, key.unusable if the public
 * key is not the seed's, disk.*
 */
export async function createKeyFile(
  fs: FileSystem,
  path: string,
  key: Omit<KeyPair, "keyType">,
  passphrase: string,
): Promise<void> {
  if (passphrase === "") {
    throw new VouchsafeError("secret.unavailable", "A key file needs a passphrase.");
  }
  if (
    key.privateKey.length !== 32 ||
    hex(ed25519PublicKey(key.privateKey)) !== hex(key.publicKey)
  ) {
    throw new VouchsafeError("key.unusable", "The public key does not belong to the private key.");
  }
  const salt = randomBytes(32);
  const nonce = randomBytes(nacl.secretbox.nonceLength);
  const secret = await deriveKey(passphrase, salt, parameters);
  const document: KeyFileDocument = {
    format: 1,
    keyType: "ed25519",
    keyId: key.keyId,
    publicKey: hex(key.publicKey),
    kdf: { name: "scrypt", ...parameters, salt: hex(salt) },
    cipher: {
      name: "xsalsa20-poly1305",
      nonce: hex(nonce),
      ciphertext: hex(nacl.secretbox(key.privateKey, nonce, secret)),
    },
  };
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  await writeFileDurable(fs, path, Buffer.from(text), { mode: 0o600, exclusive: true });
}

/**
 * The public part of a key file; needs no passphrase and proves nothing.
 * @throws VouchsafeError usage.input, format.newer, disk.*
 */
export async function readKeyFileHeader(fs: FileSystem, path: string): Promise<KeyFileHeader> {
  const { keyType, keyId, publicKey } = await readKeyFileDocument(fs, path);
  return { keyType, keyId, publicKey: bytesOf(publicKey) };
}

/**
 * Opens a key file.
 * @throws VouchsafeError key.passphrase if the passphrase is wrong or the file was changed,
 * usage.input, format.newer, disk.*
 */
export async function readKeyFile(
  fs: FileSystem,
  path: string,
  passphrase: string,
): Promise<KeyPair> {
  const { keyType, keyId, publicKey, kdf, cipher } = await readKeyFileDocument(fs, path);
  const secret = await deriveKey(passphrase, bytesOf(kdf.salt), kdf);
  const seed = nacl.secretbox.open(bytesOf(cipher.ciphertext), bytesOf(cipher.nonce), secret);
  if (seed === null) {
    throw new VouchsafeError("key.passphrase", `The passphrase does not open ${path}.`);
  }
  if (hex(ed25519PublicKey(seed)) !== publicKey) {
    throw new VouchsafeError("key.passphrase", `The public key in ${path} was changed.`);
  }
  return { keyType, keyId, publicKey: bytesOf(publicKey), privateKey: seed };
}
