/** ECDSA signers from names: quick to verify, so that a test may check many repositories. */
import { createECDH, createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { keyWithId } from "../../protocol/tuf/keys.ts";
import type { Signer } from "../../protocol/tuf/sign.ts";

/** Bytes that are the same in every run. */
export const seedOf = (name: string, length: number): Buffer =>
  createHash("shake256", { outputLength: length }).update(`test seed ${name}`).digest();

/** What differs between the two curves of TUF. */
const curves = {
  "P-256": { node: "prime256v1", scheme: "ecdsa-sha2-nistp256", hash: "sha256", bytes: 32 },
  "P-384": { node: "secp384r1", scheme: "ecdsa-sha2-nistp384", hash: "sha384", bytes: 48 },
} as const;

/**
 * A signer whose key is the same in every run; its signatures are not.
 *
 * @param keyType `ecdsa`, or the scheme's name as older metadata has it
 */
export function ecdsaSigner(
  name: string,
  curve: keyof typeof curves = "P-256",
  keyType = "ecdsa",
): Signer {
  const { node, scheme, hash, bytes } = curves[curve];
  const scalar = seedOf(name, bytes);
  scalar[0] = 0x11; // below the order of either curve
  const ecdh = createECDH(node);
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  const part = (start: number) => point.subarray(start, start + bytes).toString("base64url");
  const d = scalar.toString("base64url");
  const key = createPrivateKey({
    format: "jwk",
    key: { kty: "EC", crv: curve, d, x: part(1), y: part(1 + bytes) },
  });
  const pem = createPublicKey(key).export({ type: "spki", format: "pem" });
  return {
    key: keyWithId({ keyType, scheme, publicKey: pem.toString() }),
    sign: (message) => sign(hash, message, key).toString("hex"),
  };
}
