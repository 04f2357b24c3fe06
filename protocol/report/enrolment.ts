/**
 * Enrolment: an agent shows a one-time token and proves that it holds its own key. The proof binds
 * the console's nonce, the token, the key and the console's origin, so that it is worth nothing to
 * another console, at another time, or for another key.
 */
import { fromHex, type Sha256, sha256 } from "../bytes.ts";
import { signEd25519, verifyEd25519 } from "../ed25519.ts";
import { VouchsafeError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { type AgentId, agentIdOf, isAgentId } from "./identity.ts";
import { reportLimits } from "./limits.ts";
import { readDocument, readForm, readInteger, readText } from "./read.ts";

/** The request of `POST /v1/enrolments`. */
export interface EnrolmentRequest {
  readonly format: 1;
  /** `vst_` and 43 characters of base64url (32 random bytes). */
  readonly token: string;
  /** Ed25519, 64 hex characters. */
  readonly publicKey: string;
  /** From the console's challenge. */
  readonly nonce: string;
  /** `https://console.example.com`: where the agent believes to be enrolling. */
  readonly origin: string;
  /** Ed25519 signature over {@link enrolmentStatement}, 128 hex characters. */
  readonly proof: string;
}

/** The answer of `POST /v1/enrolments/challenge`. */
export interface EnrolmentChallenge {
  readonly format: 1;
  readonly nonce: string;
  readonly expiresInSeconds: number;
}

/** The answer of `POST /v1/enrolments`. */
export interface EnrolmentAnswer {
  readonly format: 1;
  readonly agent: AgentId;
}

const tokenForm = /^vst_[A-Za-z0-9_-]{43}$/;
const nonceForm = /^[A-Za-z0-9_-]{16,128}$/;
const originForm = /^https?:\/\/[a-z0-9.:[\]-]{1,255}$/;
const keyForm = /^[0-9a-f]{64}$/;
const proofForm = /^[0-9a-f]{128}$/;

const matches =
  (form: RegExp) =>
  (text: string): text is string =>
    form.test(text);

/** Whether a text has the form of an enrolment token. */
export const isEnrolmentToken: (text: string) => boolean = matches(tokenForm);

/** The token that 32 random bytes make. */
export function enrolmentToken(random: Uint8Array): string {
  return `vst_${Buffer.from(random).toString("base64url")}`;
}

/** What a console keeps of a token. */
export function tokenHash(token: string): Sha256 {
  return sha256(`vouchsafe/enrolment-token/v1\n${token}`);
}

/** The bytes that the proof signs; the first line separates them from all else the key signs. */
function enrolmentStatement(request: {
  readonly nonce: string;
  readonly token: string;
  readonly publicKey: string;
  readonly origin: string;
}): Buffer {
  const lines = [request.origin, request.nonce, tokenHash(request.token), request.publicKey];
  return Buffer.from(`vouchsafe/enrolment/v1\n${lines.join("\n")}\n`);
}

/** Makes the request with its proof. `seed`: the agent's private key, 32 bytes. */
export function makeEnrolment(
  parts: Pick<EnrolmentRequest, "nonce" | "origin" | "publicKey" | "token">,
  seed: Uint8Array,
): EnrolmentRequest {
  const proof = signEd25519(seed, enrolmentStatement(parts)).toString("hex");
  return { format: 1, ...parts, proof };
}

/**
 * Parses an enrolment request; its proof is not verified yet.
 *
 * @throws VouchsafeError `usage.input`, `format.newer`
 */
export function parseEnrolment(bytes: Uint8Array): EnrolmentRequest {
  const object = readDocument(bytes, reportLimits.enrolmentBytes, "enrolment");
  return {
    format: 1,
    token: readForm(object, "token", matches(tokenForm), "an enrolment token"),
    publicKey: readForm(object, "publicKey", matches(keyForm), "a public key in hex"),
    nonce: readForm(object, "nonce", matches(nonceForm), "a nonce"),
    origin: readForm(object, "origin", matches(originForm), "an origin (https://host)"),
    proof: readForm(object, "proof", matches(proofForm), "a signature in hex"),
  };
}

/**
 * Verifies the proof and gives the agent's id.
 *
 * @throws VouchsafeError `enrol.refused` when the key did not sign this statement
 */
export function verifyEnrolment(request: EnrolmentRequest): AgentId {
  const publicKey = fromHex(request.publicKey);
  const proof = fromHex(request.proof);
  if (
    publicKey === undefined ||
    proof === undefined ||
    !verifyEd25519(publicKey, enrolmentStatement(request), proof)
  ) {
    throw new VouchsafeError("enrol.refused", "The proof is not a signature of the agent's key.");
  }
  return agentIdOf(publicKey);
}

/** Parses the console's challenge; throws `usage.input`, `format.newer`. */
export function parseChallenge(bytes: Uint8Array): EnrolmentChallenge {
  const object: JsonObject = readDocument(bytes, reportLimits.answerBytes, "challenge");
  return {
    format: 1,
    nonce: readForm(object, "nonce", matches(nonceForm), "a nonce"),
    expiresInSeconds: readInteger(object, "expiresInSeconds", 1, 86_400),
  };
}

/** Parses the console's answer to an enrolment; throws `usage.input`, `format.newer`. */
export function parseEnrolmentAnswer(bytes: Uint8Array): EnrolmentAnswer {
  const object = readDocument(bytes, reportLimits.answerBytes, "answer");
  readText(object, "agent", 64);
  return { format: 1, agent: readForm(object, "agent", isAgentId, "an agent id") };
}
