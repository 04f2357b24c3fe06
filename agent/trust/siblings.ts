/**
 * Metadata by its compressed sibling, where the signed list makes that worth it. A sibling that is
 * missing or wrong costs one request: the plain file is asked for as if there had been none.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { hashesMatch } from "../../protocol/tuf/hashes.ts";
import { minSiblingBytes, openSibling, siblingPath } from "../../protocol/tuf/sibling.ts";
import type { MetaFile } from "../../protocol/tuf/types.ts";
import type { MetadataAnswer, MetadataFetcher } from "./types.ts";

/** Gives the bytes that a sibling holds, if they are those that are listed. */
export interface Siblings {
  get(path: string, listed: MetaFile, maxBytes: number): Promise<Buffer | undefined>;
}

/** Siblings over a fetcher; once one is missing, no other is asked for. */
export function siblingsOver(fetcher: MetadataFetcher): Siblings {
  let areThere = true;

  async function ask(path: string, maxBytes: number): Promise<MetadataAnswer> {
    try {
      return await fetcher.get(siblingPath(path), { maxBytes });
    } catch (error) {
      if (error instanceof VouchsafeError) return { status: "missing" };
      throw error;
    }
  }

  return {
    get: async (path, { hashes, length = maxLength }, maxBytes) => {
      if (!areThere || hashes === undefined || length < minSiblingBytes) return undefined;
      const answer = await ask(path, maxBytes);
      if (answer.status !== "ok") {
        areThere = false;
        return undefined;
      }
      const bytes = openSibling(answer.bytes, maxBytes);
      return bytes !== undefined && hashesMatch(bytes, hashes) ? bytes : undefined;
    },
  };
}

/** A length that is not listed may be any. */
const maxLength = Number.MAX_SAFE_INTEGER;
