/** Public keys: their id, their material, and whether a signature is theirs (TUF 4.2, TAP 12). */
import { constants, createPublicKey, type KeyObject, verify } from "node:crypto";
import { fromHex, sha256 } from "../bytes.ts";
import { canonicalBytes } from "../canonical.ts";
import { importEd25519, isEd25519PublicKey, type Strictness, verifyEd25519 } from "../ed25519.ts";
import type { Key } from "./types.ts";

/** A key that this program can verify with. */
export interface Verifier {
  /** SHA-256 of the public key in SPKI DER: equal for one key under two ids. */
  readonly material: string;
  /** Whether the hex signature is this key's over the message. Never throws. */
  readonly verify: (message: Uint8Array, signatureHex: string, strictness: Strictness) => boolean;
}

const ecdsaCurves: ReadonlyMap<string, { curve: string; hash: string }> = new Map([
  ["ecdsa-sha2-nistp256", { curve: "prime256v1", hash: "sha256" }],
  ["ecdsa-sha2-nistp384", { curve: "secp384r1", hash: "sha384" }],
]);
const minimumRsaBits = 2048;
const maximumRsaBits = 8192;

function materialOf(key: KeyObject): string {
  return sha256(key.export({ format: "der", type: "spki" }));
}

function ed25519Verifier(publicKey: string): Verifier | undefined {
  const raw = publicKey.length === 64 ? fromHex(publicKey) : undefined;
  if (raw === undefined || !isEd25519PublicKey(raw)) return undefined;
  const imported = importEd25519(raw);
  return {
    material: materialOf(imported),
    verify: (message, signatureHex, strictness) => {
      const signature = signatureHex.length === 128 ? fromHex(signatureHex) : undefined;
      if (signature === undefined) return false;
      return verifyEd25519(raw, message, signature, strictness, imported);
    },
  };
}

function pemVerifier(
  pem: string,
  hash: string,
  padding: object,
  accepts: (key: KeyObject) => boolean,
): Verifier | undefined {
  if (!pem.startsWith("-----BEGIN PUBLIC KEY-----")) return undefined;
  const key = createPublicKey(pem);
  if (!accepts(key)) return undefined;
  return {
    material: materialOf(key),
    verify: (message, signatureHex) => {
      const signature = fromHex(signatureHex);
      if (signature === undefined || signature.length === 0) return false;
      try {
        return verify(hash, message, { key, ...padding }, signature);
      } catch {
        return false;
      }
    },
  };
}

function importKey(key: Key): Verifier | undefined {
  const { keyType, scheme, publicKey } = key;
  if (keyType === "ed25519") {
    return scheme === "ed25519" ? ed25519Verifier(publicKey) : undefined;
  }
  if (keyType === "rsa") {
    if (scheme !== "rsassa-pss-sha256") return undefined;
    const padding = {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_AUTO,
    };
    return pemVerifier(publicKey, "sha256", padding, (imported) => {
      const bits = imported.asymmetricKeyDetails?.modulusLength ?? 0;
      return (
        imported.asymmetricKeyType === "rsa" && bits >= minimumRsaBits && bits <= maximumRsaBits
      );
    });
  }
  const curve = ecdsaCurves.get(scheme);
  if (curve === undefined || (keyType !== "ecdsa" && keyType !== scheme)) return undefined;
  return pemVerifier(
    publicKey,
    curve.hash,
    { dsaEncoding: "der" },
    (imported) =>
      imported.asymmetricKeyType === "ec" &&
      imported.asymmetricKeyDetails?.namedCurve === curve.curve,
  );
}

/** The key ready to verify, or undefined when its type, scheme or form is not one we accept. */
export function verifierOf(key: Key): Verifier | undefined {
  try {
    return importKey(key);
  } catch {
    return undefined; // a key that OpenSSL cannot read never counts
  }
}

/** The key as metadata writes it, without its id. */
export function encodeKey({ keyType, scheme, publicKey }: Omit<Key, "keyId">) {
  return { keytype: keyType, keyval: { public: publicKey }, scheme };
}

/** The key with the id that TUF 4.2 gives it: SHA-256 of its canonical form. */
export function keyWithId(key: Omit<Key, "keyId">): Key {
  return { keyId: sha256(canonicalBytes(encodeKey(key))), ...key };
}

/** The TUF key of an Ed25519 public key (32 bytes). */
export function ed25519Key(publicKey: Uint8Array): Key {
  return keyWithId({
    keyType: "ed25519",
    scheme: "ed25519",
    publicKey: Buffer.from(publicKey).toString("hex"),
  });
}
