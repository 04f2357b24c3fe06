/** Making signatures over metadata. Private keys come in as functions: where they live is not ours. */
import { canonicalBytes } from "../canonical.ts";
import { ed25519PublicKey, signEd25519 } from "../ed25519.ts";
import type { JsonObject } from "../json.ts";
import { encodeEnvelope, type Signature } from "./envelope.ts";
import { ed25519Key } from "./keys.ts";
import type { Key } from "./types.ts";

/** Something that signs for a key: a key file, a token, another program. */
export interface Signer {
  readonly key: Key;
  /** Signature over the message, in hex. */
  readonly sign: (message: Uint8Array) => string | Promise<string>;
}

/** A signer from an Ed25519 seed (32 bytes). */
export function seedSigner(seed: Uint8Array): Signer {
  return {
    key: ed25519Key(ed25519PublicKey(seed)),
    sign: (message) => signEd25519(seed, message).toString("hex"),
  };
}

/** One signature over a signed part. */
export async function signPart(signed: JsonObject, signer: Signer): Promise<Signature> {
  return { keyId: signer.key.keyId, sig: await signer.sign(canonicalBytes(signed)) };
}

/** A whole metadata file, signed by all signers. */
export async function signEnvelope(
  signed: JsonObject,
  signers: readonly Signer[],
): Promise<Buffer> {
  const signatures = await Promise.all(signers.map((signer) => signPart(signed, signer)));
  return encodeEnvelope(signed, signatures);
}
