/** Encodings, undone while they stream. What comes out is not trusted: the caller counts and hashes. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdDecompress } from "node:zlib";
import { VouchsafeError } from "../../protocol/errors.ts";

/** A frame that asks for a larger window (2^24 bytes) is refused: memory is bounded by this. */
const windowLogMax = 24;
const chunkBytes = 256 * 1024;

function isDamage(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^(ZSTD_|Z_|ERR_ZSTD|ERR_ZLIB)/i.test(error.code)
  );
}

/**
 * Decodes zstd (RFC 8878). Pulls only as much as the reader takes, so that a bomb inflates no
 * further than the reader goes.
 *
 * @throws VouchsafeError `trust.mismatch` when it is not zstd; whatever the source throws
 */
export async function* decodeZstd(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = createZstdDecompress({
    chunkSize: chunkBytes,
    params: { [constants.ZSTD_d_windowLogMax]: windowLogMax },
  });
  const input = Readable.from(source, { objectMode: false });
  // A failure of the input destroys the decoder with that error, which the loop below then throws.
  const feeding = pipeline(input, decoder).catch(() => undefined);
  try {
    for await (const chunk of decoder) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    throw new VouchsafeError("trust.mismatch", "An encoded file is no sound zstd.", { cause });
  } finally {
    decoder.destroy();
    input.destroy();
    await feeding;
  }
}
