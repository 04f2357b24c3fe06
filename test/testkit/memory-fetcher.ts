/** A metadata fetcher over a map of files, with ETags, a log of requests, and faults on demand. */
import type { MetadataAnswer, MetadataFetcher } from "../../agent/trust/types.ts";
import { sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";

/** A fetcher that a test can look into. */
export interface MemoryFetcher extends MetadataFetcher {
  /** Paths asked for, in order. */
  readonly requests: string[];
  /** Answers `missing` for these, whatever the map holds. */
  readonly hidden: Set<string>;
}

const origin = "memory:";

/**
 * Serves `files` as a mirror would: caps, conditional requests, nothing else.
 *
 * @param serverTime the mirror's clock, milliseconds since 1970; without it no `Date` is sent
 */
export function memoryFetcher(
  files: ReadonlyMap<string, Buffer>,
  serverTime?: () => number,
): MemoryFetcher {
  const requests: string[] = [];
  const hidden = new Set<string>();
  return {
    requests,
    hidden,
    get: async (path, { maxBytes, conditional }): Promise<MetadataAnswer> => {
      requests.push(path);
      const bytes = hidden.has(path) ? undefined : files.get(path);
      if (bytes === undefined) return { status: "missing" };
      const etag = sha256(bytes);
      if (conditional?.origin === origin && conditional.etag === etag)
        return { status: "unchanged" };
      if (bytes.length > maxBytes)
        throw new VouchsafeError("transfer.too-large", `${path} is too large.`);
      const time = serverTime === undefined ? {} : { serverTime: serverTime() };
      return { status: "ok", bytes, validators: { origin, etag }, ...time };
    },
  };
}
