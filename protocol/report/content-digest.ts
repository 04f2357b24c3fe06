/** Content-Digest (RFC 9530) with sha-256: binds a signature to the exact bytes of a body. */
import { createHash } from "node:crypto";
import { sameBytes } from "../bytes.ts";
import { parseDictionary } from "./structured-fields.ts";

function digestOf(body: Uint8Array): Buffer {
  return createHash("sha256").update(body).digest();
}

/** The field's value for a body: `sha-256=:…:`. */
export function contentDigest(body: Uint8Array): string {
  return `sha-256=:${digestOf(body).toString("base64")}:`;
}

/**
 * Whether the field's value carries the sha-256 digest of the body. Other algorithms beside it are
 * ignored (RFC 9530 §2); without sha-256 nothing matches.
 *
 * @throws VouchsafeError `report.refused` when the field is malformed
 */
export function matchesContentDigest(field: string, body: Uint8Array): boolean {
  const member = parseDictionary(field).get("sha-256");
  if (member?.kind !== "item" || member.item.kind !== "bytes") return false;
  return sameBytes(member.item.value, digestOf(body));
}
