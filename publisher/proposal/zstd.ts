/** The zstd encoding (RFC 8878) of a file, streaming. */
import { pipeline } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { Level } from "../encoding/job.ts";
import { zstdParams } from "../encoding/zstd-params.ts";
import type { Measured } from "../repository/files.ts";

/**
 * Compresses chunks and hands the result to `sink`.
 * @param length bytes of the whole input, written into the frame
 */
export async function compress(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
  level: Level,
  sink: (compressed: AsyncIterable<Uint8Array>) => Promise<Measured>,
): Promise<Measured> {
  const encoder = createZstdCompress({
    params: zstdParams(level),
    pledgedSrcSize: length,
  });
  let measured: Measured | undefined;
  await pipeline(copies(chunks), encoder, async (compressed: AsyncIterable<Uint8Array>) => {
    measured = await sink(compressed);
  });
  if (measured === undefined) throw new Error("the pipeline ended before its sink");
  return measured;
}

/** Streams keep chunks while the next is read into the same buffer: each gets its own. */
async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/**
 * Decompresses chunks into `sink`.
 * @throws VouchsafeError proposal.changed when they are not zstd
 */
export async function decompress(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
  sink: (plain: AsyncIterable<Uint8Array>) => Promise<Measured>,
): Promise<Measured> {
  let measured: Measured | undefined;
  try {
    await pipeline(
      copies(chunks),
      createZstdDecompress(),
      async (plain: AsyncIterable<Uint8Array>) => {
        measured = await sink(plain);
      },
    );
  } catch (cause) {
    if (!isZstdError(cause)) throw cause;
    throw new VouchsafeError("proposal.changed", `${what} is not whole zstd.`, { cause });
  }
  if (measured === undefined) throw new Error("the pipeline ended before its sink");
  return measured;
}

function isZstdError(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    /^(?:ZSTD_|Z_|ERR_TRAILING)/.test(error.code)
  );
}
