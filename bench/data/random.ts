/** Numbers that look random and are the same every time: data for benchmarks must be reproducible. */
import { createCipheriv, createHash } from "node:crypto";

/** A source of reproducible randomness. */
export interface Random {
  /** The next so many bytes. */
  bytes(count: number): Buffer;
  /** An integer from 0 to `below` − 1. */
  below(below: number): number;
}

/** AES-CTR over zeros: fast, and the same on every machine. */
export const seededRandom = (seed: string): Random => {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const block = 64 * 1024;
  let held: Buffer = Buffer.alloc(0);
  const bytes = (count: number): Buffer => {
    if (held.length < count) {
      const more = Buffer.alloc(Math.max(block, count - held.length));
      held = Buffer.concat([held, cipher.update(more)]);
    }
    const taken = held.subarray(0, count);
    held = held.subarray(count);
    return taken;
  };
  return { bytes, below: (below) => bytes(6).readUIntBE(0, 6) % below };
};
