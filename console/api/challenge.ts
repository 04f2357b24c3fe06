/**
 * The nonce of an enrolment: random, short-lived, and authenticated by the console's own secret,
 * so that nothing is stored for a stranger who only asks. What makes an enrolment happen once is
 * its token.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Seconds that a challenge is good for. */
export const challengeSeconds = 300;

const randomBytes = 16;
const macBytes = 16;

function macOf(key: Uint8Array, head: Uint8Array): Buffer {
  return createHmac("sha256", key)
    .update("vouchsafe/challenge/v1\n")
    .update(head)
    .digest()
    .subarray(0, macBytes);
}

/** A nonce: expiry (8 bytes), random (16), MAC (16), in base64url. */
export function makeChallenge(key: Uint8Array, random: Uint8Array, now: Date): string {
  const head = Buffer.alloc(8 + randomBytes);
  head.writeBigUInt64BE(BigInt(now.getTime() + challengeSeconds * 1000));
  head.set(random.subarray(0, randomBytes), 8);
  return Buffer.concat([head, macOf(key, head)]).toString("base64url");
}

/** Whether the nonce is one of ours and still good. */
export function isLiveChallenge(key: Uint8Array, nonce: string, now: Date): boolean {
  const bytes = Buffer.from(nonce, "base64url");
  if (bytes.length !== 8 + randomBytes + macBytes) return false;
  const head = bytes.subarray(0, 8 + randomBytes);
  if (!timingSafeEqual(bytes.subarray(8 + randomBytes), macOf(key, head))) return false;
  return head.readBigUInt64BE() > BigInt(now.getTime());
}
