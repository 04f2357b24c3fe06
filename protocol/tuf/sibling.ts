/**
 * Compressed siblings of metadata files: `N.<role>.json.zst` beside `N.<role>.json`, for clients
 * that know of them. The plain file always exists, and is what is signed and listed.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** A smaller file gains nothing from a sibling. */
export const minSiblingBytes = 1024;

/** 19 is no smaller for files of this kind, and slower. */
const level = 15;
/** What a decoder may be asked to remember: 2^23 bytes, more than any metadata has. */
const windowLogMax = 23;

/** Where the sibling of a metadata file lies. */
export const siblingPath = (path: string): string => `${path}.zst`;

/** The sibling of a metadata file; undefined where there is none, for it would gain nothing. */
export function makeSibling(plain: Uint8Array): Buffer | undefined {
  if (plain.length < minSiblingBytes) return undefined;
  const sibling = zstdCompressSync(plain, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
  return sibling.length < plain.length ? sibling : undefined;
}

/** What a sibling holds; undefined when it is no sound zstd, or holds more than `maxBytes`. */
export function openSibling(sibling: Uint8Array, maxBytes: number): Buffer | undefined {
  try {
    return zstdDecompressSync(sibling, {
      maxOutputLength: maxBytes,
      params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
    });
  } catch {
    return undefined; // whatever it is, the plain file is asked for
  }
}
