/** The zstd encoding of a file: the published one, or a new one if it is smaller than the file. */
import { join } from "node:path";
import { targetLocation, zstLocation } from "../../protocol/release/encodings.ts";
import { levels } from "../encoding/job.ts";
import { frameHeadBytes, isUrgentFrame } from "../encoding/zstd-params.ts";
import { chunksAt, writeChunks } from "../repository/files.ts";
import { modes } from "../workspace/layout.ts";
import { exists } from "../workspace/publisher.ts";
import type { Encoding } from "./encoding.ts";
import { checkEncoding, locate } from "./locate.ts";
import { moveIn, type StagedFile } from "./stage.ts";
import { compress } from "./zstd.ts";

/** A smaller file gains nothing from an encoding that would be asked for by itself. */
const minEncodedBytes = 128;
/** A larger file is compressed while it is read, by one thread, instead of in memory by several. */
const maxInMemory = 512 * 1024 * 1024;

/** A zstd encoding. */
export interface ZstdEncoding {
  readonly length: number;
  /** Seconds that it took; undefined for one that was there. */
  readonly seconds?: number;
}

/** Whether the next patient release is to make a published encoding again. */
async function isUrgent({ publisher: { fs } }: Encoding, path: string): Promise<boolean> {
  const file = await fs.open(path, "r");
  try {
    const head = new Uint8Array(frameHeadBytes);
    await file.read(head, 0, head.length, 0);
    return isUrgentFrame(head);
  } finally {
    await file.close();
  }
}

async function publishedZstd(
  encoding: Encoding,
  file: StagedFile,
  path: string,
): Promise<ZstdEncoding | undefined> {
  const { fs } = encoding.publisher;
  if (!(await exists(fs, path))) return undefined;
  if (encoding.level !== levels.urgent && (await isUrgent(encoding, path))) return undefined;
  await checkEncoding(fs, path, file);
  return { length: (await fs.lstat(path)).size };
}

async function makeZstd(
  { publisher, place, encoder, level, incoming }: Encoding,
  file: StagedFile,
  targetPath: string,
  to: string,
): Promise<ZstdEncoding | undefined> {
  const { fs } = publisher;
  const source = await locate(publisher, place, targetLocation(targetPath, file.sha256));
  const temporary = incoming();
  const start = performance.now();
  if (file.length > maxInMemory) {
    const chunks = chunksAt(fs, source.path);
    const { length } = await compress(chunks, file.length, level, (compressed) =>
      writeChunks(fs, temporary, compressed, modes.workFile),
    );
    if (length >= file.length) {
      await fs.unlink(temporary);
      return undefined;
    }
    await moveIn(publisher, temporary, to);
    return { length, seconds: (performance.now() - start) / 1000 };
  }
  const whole = { path: source.path, length: file.length, sha256: file.sha256 };
  const { bytes, seconds } = await encoder.encode({ kind: "whole", file: whole, level });
  if (bytes === null) return undefined;
  await writeChunks(fs, temporary, oneChunk(bytes), modes.workFile);
  await moveIn(publisher, temporary, to);
  return { length: bytes.length, seconds };
}

/** Bytes as a stream. */
export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Stages the zstd encoding of a file.
 *
 * @returns undefined when it would gain nothing
 * @throws VouchsafeError proposal.changed, repository.incomplete, disk.*
 */
export async function stageZstd(
  encoding: Encoding,
  file: StagedFile,
): Promise<ZstdEncoding | undefined> {
  const { publisher, place, database } = encoding;
  const targetPath = `${database.name}/${file.path}`;
  const location = zstLocation(targetPath, file.sha256);
  const published = join(publisher.layout.repository, location);
  const there = await publishedZstd(encoding, file, published);
  if (there !== undefined) return there;
  if (file.length < minEncodedBytes) return undefined;
  return makeZstd(encoding, file, targetPath, join(place.staged, location));
}
