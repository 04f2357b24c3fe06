/** How an agent is named: its id follows from its public key, so nobody can claim another's. */
import { sha256 } from "../bytes.ts";

declare const brand: unique symbol;

/** First 32 hex characters (128 bits) of the SHA-256 over the 32 bytes of the public key. */
export type AgentId = string & { readonly [brand]: "AgentId" };

const idForm = /^[0-9a-f]{32}$/;
const keyForm = /^[0-9a-f]{64}$/;

/** Whether a text has the form of an agent id. */
export function isAgentId(text: string): text is AgentId {
  return idForm.test(text);
}

/** Whether a text has the form of an Ed25519 public key in lower-case hex. */
export function isPublicKeyHex(text: string): boolean {
  return keyForm.test(text);
}

/** The id of the agent that holds this public key (32 bytes). */
export function agentIdOf(publicKey: Uint8Array): AgentId {
  const id = sha256(publicKey).slice(0, 32);
  if (!isAgentId(id)) throw new TypeError("a digest is not hex");
  return id;
}

const bootForm = /^[0-9a-f]{32}$/;
const seqForm = /^[1-9][0-9]{0,15}$/;

/** Whether a text has the form of a boot id: 16 random bytes in hex, new for each start. */
export function isBootId(text: string): boolean {
  return bootForm.test(text);
}

/** The number that a path segment spells: 1 … 2^53 − 1 without leading zeros, else undefined. */
export function parseSeq(text: string): number | undefined {
  if (!seqForm.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Path of a report under the console's base address. */
export function reportPath(agent: AgentId, boot: string, seq: number): string {
  return `/v1/agents/${agent}/reports/${boot}/${seq}`;
}
