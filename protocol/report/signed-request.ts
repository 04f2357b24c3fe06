/**
 * Vouchsafe's profile of HTTP Message Signatures: which components and parameters a request of an
 * agent carries, and what a console accepts. Everything else is refused, however well signed.
 */
import { signEd25519, verifyEd25519 } from "../ed25519.ts";
import { VouchsafeError } from "../errors.ts";
import { contentDigest, matchesContentDigest } from "./content-digest.ts";
import { reportLimits } from "./limits.ts";
import {
  type SignableRequest,
  type SignatureInput,
  signatureBase,
  signatureParams,
} from "./signature-base.ts";
import { type BareItem, type Parameters, parseDictionary } from "./structured-fields.ts";

/** The label of the one signature on a request. */
const label = "vouchsafe";

/** What a signature is for; a signature for one purpose is worth nothing for another. */
export const reportTag = "vouchsafe-report-v1";

/** Covered in exactly this order. */
const covered = [
  "@method",
  "@authority",
  "@path",
  "@query",
  "content-digest",
  "content-type",
] as const;

const parameterNames: ReadonlySet<string> = new Set(["created", "nonce", "keyid", "alg", "tag"]);
const nonceForm = /^[A-Za-z0-9_-]{16,64}$/;

/** What the signer adds to a request's own parts. */
export interface Signing {
  readonly keyid: string;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** Seconds since 1970. */
  readonly created: number;
  /** 16 to 64 characters of base64url, random for each request. */
  readonly nonce: string;
  readonly tag: string;
}

/** What a verified signature says. */
export interface VerifiedSignature {
  readonly keyid: string;
  readonly created: number;
  readonly nonce: string;
}

/** What a console demands of a signature. */
export interface Demands {
  readonly tag: string;
  /** The console's clock, seconds since 1970. */
  readonly now: number;
  /** The key (32 bytes) that the request must be signed with. */
  readonly publicKey: Uint8Array;
  readonly keyid: string;
}

const text = (value: string): BareItem => ({ kind: "string", value });

/** The fields to add to a request: content-digest, signature-input and signature. */
export function signRequest(
  request: SignableRequest,
  body: Uint8Array,
  signing: Signing,
): Record<"content-digest" | "signature-input" | "signature", string> {
  const digest = contentDigest(body);
  const parameters: Parameters = new Map<string, BareItem>([
    ["created", { kind: "integer", value: signing.created }],
    ["nonce", text(signing.nonce)],
    ["keyid", text(signing.keyid)],
    ["alg", text("ed25519")],
    ["tag", text(signing.tag)],
  ]);
  const input: SignatureInput = { components: covered, parameters };
  const headers = { ...request.headers, "content-digest": digest };
  const base = signatureBase(input, { ...request, headers });
  const signature = signEd25519(signing.seed, Buffer.from(base));
  return {
    "content-digest": digest,
    "signature-input": `${label}=${signatureParams(input)}`,
    signature: `${label}=:${signature.toString("base64")}:`,
  };
}

function refuse(message: string): never {
  throw new VouchsafeError("report.refused", message);
}

function onlyMember<T>(members: ReadonlyMap<string, T>, field: string): T {
  const member = members.get(label);
  if (members.size !== 1 || member === undefined) {
    return refuse(`The field ${field} must hold one signature named ${label}.`);
  }
  return member;
}

/** Signature-Input and Signature of a request, with the form that the profile demands. */
function readFields(request: SignableRequest): { input: SignatureInput; signature: Uint8Array } {
  const { "signature-input": inputField, signature: signatureField } = request.headers;
  if (inputField === undefined || signatureField === undefined) {
    return refuse("The request is not signed.");
  }
  const list = onlyMember(parseDictionary(inputField), "Signature-Input");
  const value = onlyMember(parseDictionary(signatureField), "Signature");
  if (list.kind !== "list") return refuse("Signature-Input must be a list of components.");
  if (value.kind !== "item" || value.item.kind !== "bytes") {
    return refuse("The signature must be a byte sequence.");
  }
  const components = list.items.map(({ item, parameters }) =>
    item.kind === "string" && parameters.size === 0 ? item.value : "",
  );
  if (components.join(" ") !== covered.join(" ")) {
    return refuse(`The signature must cover exactly: ${covered.join(", ")}.`);
  }
  for (const name of list.parameters.keys()) {
    if (!parameterNames.has(name)) refuse("The signature has a parameter that is not known.");
  }
  return { input: { components, parameters: list.parameters }, signature: value.item.value };
}

function stringParameter(parameters: Parameters, name: string): string {
  const item = parameters.get(name);
  return item?.kind === "string"
    ? item.value
    : refuse(`The signature lacks the ${name} parameter.`);
}

/**
 * Verifies a request against the profile: components, parameters, purpose, time, digest of the
 * body, and the signature itself, in the order of RFC 9421 §3.2.
 *
 * @throws VouchsafeError `report.refused` with the first demand that is not met
 */
export function verifyRequest(
  request: SignableRequest,
  body: Uint8Array,
  demands: Demands,
): VerifiedSignature {
  const { input, signature } = readFields(request);
  const created = input.parameters.get("created");
  if (created?.kind !== "integer") return refuse("The signature lacks the created parameter.");
  const nonce = stringParameter(input.parameters, "nonce");
  const keyid = stringParameter(input.parameters, "keyid");
  if (!nonceForm.test(nonce)) return refuse("The signature's nonce is not acceptable.");
  if (stringParameter(input.parameters, "alg") !== "ed25519") {
    return refuse("The signature's algorithm must be ed25519.");
  }
  if (stringParameter(input.parameters, "tag") !== demands.tag) {
    return refuse("The signature is for another purpose.");
  }
  if (keyid !== demands.keyid) return refuse("The signature is another agent's.");
  if (Math.abs(demands.now - created.value) > reportLimits.skewSeconds) {
    return refuse(
      `The signature was made at a time more than ${reportLimits.skewSeconds} s from the console's clock.`,
    );
  }
  const digest = request.headers["content-digest"] ?? "";
  if (!matchesContentDigest(digest, body)) {
    return refuse("The body does not have the digest that was signed.");
  }
  const base = Buffer.from(signatureBase(input, request));
  if (!verifyEd25519(demands.publicKey, base, signature)) {
    return refuse("The signature is not valid.");
  }
  return { keyid, created: created.value, nonce };
}
