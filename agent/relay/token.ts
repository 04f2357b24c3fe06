/** Bearer tokens (RFC 6750), compared in a time that tells nothing of them. */
import { createHash, timingSafeEqual } from "node:crypto";

const digestOf = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();

/**
 * Makes the check of an Authorization header.
 *
 * @param token what neighbours must show; undefined lets everybody pass
 */
export function tokenCheck(
  token: string | undefined,
): (authorization: string | undefined) => boolean {
  if (token === undefined) return () => true;
  const wanted = digestOf(token);
  return (authorization) => {
    const [, given] = /^bearer +(.+)$/i.exec(authorization ?? "") ?? [];
    return given !== undefined && timingSafeEqual(digestOf(given), wanted);
  };
}
