/** Keys for simulated repositories, of the kinds that TUF names; ECDSA unless a test asks. */
import { generateKeyPairSync, sign as nodeSign } from "node:crypto";
import { sha256 } from "../../protocol/bytes.ts";
import { canonicalBytes } from "../../protocol/canonical.ts";
import type { JsonObject } from "../../protocol/json.ts";

/** A private key and how metadata writes the public one. */
export interface TestSigner {
  readonly keyId: string;
  readonly key: JsonObject;
  /** Signature in hex. */
  readonly sign: (message: Uint8Array) => string;
}

/** Key types by the names that the suite gives them. */
export const keyKinds = [
  "rsa/rsassa-pss-sha256",
  "ecdsa/ecdsa-sha2-nistp256",
  "ed25519/ed25519",
] as const;
export type KeyKind = (typeof keyKinds)[number];

function pairOf(kind: KeyKind) {
  switch (kind) {
    case "rsa/rsassa-pss-sha256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ecdsa/ecdsa-sha2-nistp256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
    case "ed25519/ed25519":
      return generateKeyPairSync("ed25519");
  }
}

/**
 * A new key.
 *
 * @param extra fields that TUF does not name, beside the others in the key
 */
export function newSigner(
  kind: KeyKind = "ecdsa/ecdsa-sha2-nistp256",
  extra: JsonObject = {},
): TestSigner {
  const { publicKey, privateKey } = pairOf(kind);
  const [keytype = "", scheme = ""] = kind.split("/");
  const written =
    keytype === "ed25519"
      ? publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex")
      : publicKey.export({ format: "pem", type: "spki" }).toString();
  const key = { ...extra, keytype, scheme, keyval: { public: written } };
  const hash = keytype === "ed25519" ? null : "sha256";
  const padding = keytype === "rsa" ? { padding: 6, saltLength: 32 } : {};
  return {
    keyId: sha256(canonicalBytes(key)),
    key,
    sign: (message) => nodeSign(hash, message, { key: privateKey, ...padding }).toString("hex"),
  };
}
