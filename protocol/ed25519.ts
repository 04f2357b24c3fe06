/**
 * Ed25519 (RFC 8032) with the strictness that tweetnacl and OpenSSL each lack alone: both must
 * accept, S must be below the group order, and the key must not be of small order.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import nacl from "tweetnacl";

/** Bytes of a public key, a seed, and a signature. */
export const ed25519Lengths = { publicKey: 32, seed: 32, signature: 64 } as const;

/** "both" for a signature that is first seen, "native" for stored state that is read again. */
export type Strictness = "both" | "native";

const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** The order L of the base point, little endian (RFC 8032 §5.1). */
const groupOrder = Buffer.from(
  "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
  "hex",
);

/** Encodings of the points of order 1, 2, 4 and 8, sign bit cleared. */
const smallOrder: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

function hasSmallOrder(publicKey: Uint8Array): boolean {
  const masked = Buffer.from(publicKey);
  masked[31] = (masked[31] ?? 0) & 0x7f;
  return smallOrder.has(masked.toString("hex"));
}

function scalarBelowOrder(signature: Uint8Array): boolean {
  for (let index = 31; index >= 0; index -= 1) {
    const difference = (signature[32 + index] ?? 0) - (groupOrder[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Whether the bytes can be a public key: 32 bytes, not of small order. */
export function isEd25519PublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === ed25519Lengths.publicKey && !hasSmallOrder(publicKey);
}

/** The public key as a key object of node:crypto; import it once when it verifies often. */
export function importEd25519(publicKey: Uint8Array): KeyObject {
  return createPublicKey({
    key: Buffer.concat([spkiPrefix, publicKey]),
    format: "der",
    type: "spki",
  });
}

/**
 * Whether the signature is the key's over the message. Never throws.
 *
 * @param publicKey 32 bytes
 * @param signature 64 bytes
 * @param imported the same key from {@link importEd25519}, to save the import
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  strictness: Strictness = "both",
  imported?: KeyObject,
): boolean {
  if (signature.length !== ed25519Lengths.signature) return false;
  if (!isEd25519PublicKey(publicKey) || !scalarBelowOrder(signature)) return false;
  try {
    if (!verify(null, message, imported ?? importEd25519(publicKey), signature)) return false;
  } catch {
    return false;
  }
  return strictness === "native" || nacl.sign.detached.verify(message, signature, publicKey);
}

function importSeed(seed: Uint8Array): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, seed]),
    format: "der",
    type: "pkcs8",
  });
}

/** The public key (32 bytes) that belongs to a private seed (32 bytes). */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  const spki = createPublicKey(importSeed(seed)).export({ format: "der", type: "spki" });
  return spki.subarray(spkiPrefix.length);
}

/** Signature (64 bytes) over the message by the private seed (32 bytes). */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Buffer {
  return sign(null, message, importSeed(seed));
}
