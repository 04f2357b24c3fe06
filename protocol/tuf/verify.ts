/** Thresholds of signatures, counted by key material (TUF 4.2.1, 5.3.4). */
import type { Strictness } from "../ed25519.ts";
import { VouchsafeError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { Envelope } from "./envelope.ts";
import { verifierOf } from "./keys.ts";
import type { Key, RoleKeys } from "./types.ts";

/** Who signs for a role: the keys at hand, those of the role, and how many must sign. */
export interface Signers extends RoleKeys {
  readonly keys: ReadonlyMap<string, Key>;
}

/** The material of every key of the role whose signature over the envelope is good. */
export function validSigners(
  envelope: Envelope,
  signers: Signers,
  strictness: Strictness = "both",
): ReadonlySet<string> {
  const sigs = new Map(envelope.signatures.map(({ keyId, sig }) => [keyId, sig]));
  const material = new Set<string>();
  for (const keyId of signers.keyIds) {
    const key = signers.keys.get(keyId);
    const sig = sigs.get(keyId);
    if (key === undefined || sig === undefined) continue;
    const verifier = verifierOf(key);
    if (verifier === undefined || material.has(verifier.material)) continue;
    if (verifier.verify(envelope.signedBytes, sig, strictness)) material.add(verifier.material);
    if (material.size >= signers.threshold) break;
  }
  return material;
}

/**
 * The signed part, once at least `threshold` different keys of the role have signed it.
 *
 * @param role the role's name, for the message
 * @throws VouchsafeError `trust.signature`
 */
export function verifyEnvelope(
  envelope: Envelope,
  signers: Signers,
  role: string,
  strictness: Strictness = "both",
): JsonObject {
  const { threshold } = signers;
  const offered = new Set(envelope.signatures.map(({ keyId }) => keyId));
  const reachable = signers.keyIds.filter((keyId) => offered.has(keyId)).length >= threshold;
  if (reachable && validSigners(envelope, signers, strictness).size >= threshold) {
    return envelope.signed;
  }
  throw new VouchsafeError(
    "trust.signature",
    `The ${role} metadata lacks valid signatures of ${threshold} of its keys.`,
  );
}
