/** Making one encoding of a file: in a worker where that takes long, else at once. */
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, zstdCompressSync } from "node:zlib";
import { readFileBounded } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { sha256 } from "../../protocol/bytes.ts";
import { encodeDelta } from "../../protocol/delta/encode.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { EncodingJob, JobFile, Level } from "./job.ts";
import { wholeParams, zstdParams } from "./zstd-params.ts";

/** What is read at once of the new file of a delta. */
const pieceBytes = 2 * 1024 * 1024;
/** How far the compression of a delta looks back, 2^20 bytes: an agent keeps as much. */
const deltaWindowLog = 20;

async function readWhole(fs: FileSystem, { path, length, sha256: wanted }: JobFile) {
  const bytes = await readFileBounded(fs, path, length);
  if (bytes.length === length && sha256(bytes) === wanted) return bytes;
  throw new VouchsafeError("repository.incomplete", `${path} is not what was published there.`);
}

/** The pieces of a file; each is valid until the next is asked for. */
async function* piecesOf(fs: FileSystem, path: string): AsyncGenerator<Buffer> {
  const file = await fs.open(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(pieceBytes);
    for (let position = 0; ; ) {
      let filled = 0;
      for (let count = -1; count !== 0 && filled < pieceBytes; filled += count) {
        count = await file.read(buffer, filled, pieceBytes - filled, position + filled);
      }
      if (filled === 0) return;
      position += filled;
      yield buffer.subarray(0, filled);
    }
  } finally {
    await file.close();
  }
}

/** Ends a stream early, for what comes out would be of no use. */
class TooLarge extends Error {}

async function* upTo(chunks: AsyncIterable<Uint8Array>, maxBytes: number) {
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) throw new TooLarge();
    yield chunk;
  }
}

async function makeDelta(
  fs: FileSystem,
  { file, base, level, maxBytes }: Extract<EncodingJob, { kind: "delta" }>,
): Promise<Uint8Array | null> {
  const old = await readWhole(fs, base);
  // What adds half of the file anew compresses to no less than half of the compressed file.
  const delta = upTo(encodeDelta(old, piecesOf(fs, file.path)), file.length / 2);
  const encoder = createZstdCompress({
    params: { ...zstdParams(level), [constants.ZSTD_c_windowLog]: deltaWindowLog },
  });
  const parts: Uint8Array[] = [];
  try {
    await pipeline(delta, encoder, async (compressed: AsyncIterable<Uint8Array>) => {
      for await (const part of upTo(compressed, maxBytes)) parts.push(part);
    });
  } catch (error) {
    if (error instanceof TooLarge) return null;
    throw error;
  }
  return Buffer.concat(parts);
}

/** In one piece, for only so does the runtime's zstd use several threads. */
async function compressWhole(
  fs: FileSystem,
  file: JobFile,
  level: Level,
  threads: number,
): Promise<Uint8Array | null> {
  const bytes = await readWhole(fs, file);
  const bound = bytes.length + Math.ceil(bytes.length / 128) + 1024;
  const compressed = zstdCompressSync(bytes, {
    params: { ...wholeParams(level), [constants.ZSTD_c_nbWorkers]: threads },
    chunkSize: bound,
  });
  return compressed.length < bytes.length ? compressed : null;
}

/**
 * Makes an encoding.
 *
 * @param threads how many the compression of a whole file may use
 * @returns its bytes, or null when it is not worth having
 * @throws VouchsafeError `repository.incomplete` when a file is not what it should be, `disk.*`
 */
export function makeEncoding(
  fs: FileSystem,
  job: EncodingJob,
  threads: number,
): Promise<Uint8Array | null> {
  return job.kind === "delta"
    ? makeDelta(fs, job)
    : compressWhole(fs, job.file, job.level, threads);
}
