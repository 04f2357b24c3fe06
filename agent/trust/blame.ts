/**
 * Metadata that is not acceptable says something of the mirror that gave it: another mirror may
 * have what the vendor signed. What one mirror does can thereby hold nothing back, and it is still
 * refused and told.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import type { MetadataFetcher } from "./types.ts";

/** What other bytes may cure. The rest is about this machine, or about what the vendor signed. */
const curable: ReadonlySet<string> = new Set([
  "trust.format",
  "trust.signature",
  "trust.rollback",
  "trust.expired",
  "trust.freeze",
  "trust.mismatch",
]);

/** The error with the mirror that it is about, unless it names one or is about none. */
export function blamed(error: unknown, origin: string): unknown {
  if (!(error instanceof VouchsafeError) || !curable.has(error.code)) return error;
  const { code, message, details } = error;
  if ("mirror" in details) return error;
  return new VouchsafeError(code, message, {
    cause: error,
    details: { ...details, mirror: origin },
  });
}

/**
 * Runs what reads bytes of a mirror; an error that it throws then names that mirror.
 *
 * @param origin its base address
 */
export function readFrom<T>(origin: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw blamed(error, origin);
  }
}

/**
 * Works with what mirrors give, leaving out one after the other whose bytes are refused.
 *
 * @throws the first error, when no mirror is left that has better
 */
export async function withoutLiars<T>(
  fetcher: MetadataFetcher,
  work: () => Promise<T>,
): Promise<T> {
  let first: VouchsafeError | undefined;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof VouchsafeError) || error.class === "disk") throw error;
      first ??= error;
      const { mirror } = error.details;
      const named = curable.has(error.code) && typeof mirror === "string";
      if (!named || fetcher.refuse?.(mirror, error) !== true) throw first;
    }
  }
}
