/** Hex and SHA-256 over bytes, with the brand that keeps a digest from being any string. */
import { createHash } from "node:crypto";

declare const brand: unique symbol;

/** A SHA-256 digest in lower-case hex (64 characters). */
export type Sha256 = string & { readonly [brand]: "Sha256" };

const sha256Form = /^[0-9a-f]{64}$/;
const hexForm = /^(?:[0-9a-fA-F]{2})*$/;

/** Whether a string has the form of a SHA-256 digest in lower-case hex. */
export function isSha256(text: string): text is Sha256 {
  return sha256Form.test(text);
}

/** The digest that the text spells. Throws TypeError on anything else: check hostile text first. */
export function asSha256(text: string): Sha256 {
  if (!isSha256(text)) throw new TypeError("not a SHA-256 digest in lower-case hex");
  return text;
}

/** SHA-256 of the bytes (a string counts as UTF-8). */
export function sha256(bytes: Uint8Array | string): Sha256 {
  return asSha256(createHash("sha256").update(bytes).digest("hex"));
}

/** Bytes of a hex string, or undefined if it is not one. */
export function fromHex(text: string): Buffer | undefined {
  return hexForm.test(text) ? Buffer.from(text, "hex") : undefined;
}

/** Whether both hold the same bytes. Not constant in time: for public data only. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
