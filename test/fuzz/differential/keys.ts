/** A fixed pool of keys: the same in every run, so that a seed is enough to repeat a case. */
import { signEd25519 } from "../../../protocol/ed25519.ts";
import { type Signer, seedSigner } from "../../../protocol/tuf/sign.ts";
import { ecdsaSigner, seedOf } from "../../testkit/ecdsa-signer.ts";

const strangerSeed = seedOf("stranger", 32);

/** Id of a key that no role ever has. */
export const strangerId = seedSigner(strangerSeed).key.keyId;

/** A good signature of that key, in hex. */
export const strangerSign = (message: Uint8Array): string =>
  signEd25519(strangerSeed, message).toString("hex");

const pool: readonly Signer[] = [
  ...["a", "b", "c"].map((name) => seedSigner(seedOf(name, 32))),
  ...["d", "e", "f", "g", "h", "i"].map((name) => ecdsaSigner(name)),
  ecdsaSigner("j", "P-384"),
  ecdsaSigner("k", "P-256", "ecdsa-sha2-nistp256"),
];

/** A signer of the pool by index, round and round. */
export function poolSigner(index: number): Signer {
  const signer = pool[index % pool.length];
  if (signer === undefined) throw new Error("the pool is empty");
  return signer;
}
