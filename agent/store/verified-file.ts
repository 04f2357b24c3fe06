/**
 * Files whose bytes were hashed while they were written, or read again: the only maker of
 * `VerifiedFile`. One pass, bounded memory, and durable before it counts.
 */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { diskError } from "../../host/disk-error.ts";
import { writeFully } from "../../host/durable.ts";
import type { FileSystem, OpenFile } from "../../host/file-system.ts";
import type { Sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { openPlainFile } from "./plain-file.ts";

declare const brand: unique symbol;

/** A file on this disk that has its signed length and hash. */
export interface VerifiedFile {
  readonly [brand]: "VerifiedFile";
  /** Absolute. */
  readonly path: string;
  /** Time of its last change, in milliseconds since 1970. */
  readonly mtimeMs: number;
}

/** What signed metadata says of a file. */
export interface Expected {
  /** Relative to the database; for messages. */
  readonly path: string;
  readonly length: number;
  readonly sha256: Sha256;
}

/** Mode of a sealed file. */
export const sealedFileMode = 0o444;

const readBytes = 256 * 1024;

function mismatch(what: string): VouchsafeError {
  return new VouchsafeError("trust.mismatch", what);
}

function verified(path: string, mtimeMs: number): VerifiedFile {
  const file = { path, mtimeMs };
  if (isVerified(file)) return file;
  throw new TypeError("not a verified file");
}

/** The brand has no run-time part; this predicate is private to the two functions that hash. */
function isVerified(file: { path: string; mtimeMs: number }): file is VerifiedFile {
  return file.path !== "";
}

/** Bytes after which a large file is flushed while more is written: its last flush is short then. */
const flushEvery = 8 * 1024 * 1024;

/**
 * Flushes a file on the way, one flush at a time. A flush that failed is told at the next step: the
 * operating system tells of lost bytes only once.
 */
function flushOnTheWay(file: OpenFile) {
  let flushing = Promise.resolve();
  let unflushed = 0;
  return {
    wrote: async (bytes: number): Promise<void> => {
      unflushed += bytes;
      if (unflushed < flushEvery) return;
      await flushing;
      unflushed = 0;
      flushing = file.sync();
      flushing.catch(() => undefined); // thrown by what awaits it
    },
    end: (): Promise<void> => flushing,
  };
}

async function writeHashed(
  file: OpenFile,
  chunks: AsyncIterable<Uint8Array>,
  expected: Expected,
  onBytes: (count: number) => void,
): Promise<void> {
  const hash = createHash("sha256");
  const flushing = flushOnTheWay(file);
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > expected.length) {
      throw mismatch(`${expected.path} goes on beyond its signed ${expected.length} bytes.`);
    }
    const writing = writeFully(file, chunk);
    hash.update(chunk); // meanwhile
    await writing;
    await flushing.wrote(chunk.length);
    onBytes(chunk.length);
  }
  await flushing.end();
  if (length !== expected.length) {
    throw mismatch(`${expected.path} has ${length} bytes instead of ${expected.length}.`);
  }
  if (hash.digest("hex") !== expected.sha256) {
    throw mismatch(`${expected.path} does not have its signed hash.`);
  }
}

/**
 * Writes a new file from a stream, hashing as it goes; fsynced and read-only when it returns, and
 * gone when it throws.
 *
 * @param path must not exist
 * @param onBytes told of every piece written
 * @throws VouchsafeError `trust.mismatch`, `disk.*`, and whatever the stream throws
 */
export async function writeVerifiedFile(
  fs: FileSystem,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  expected: Expected,
  onBytes: (count: number) => void,
): Promise<VerifiedFile> {
  try {
    const file = await fs.open(path, "wx", 0o600);
    try {
      await writeHashed(file, chunks, expected, onBytes);
      await file.chmod(sealedFileMode);
      await file.sync();
      return verified(path, (await file.stat()).mtimeMs);
    } catch (error) {
      await fs.unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw diskError("write", path, error);
  }
}

/** SHA-256 and length of an open file, read in one reused buffer; stops beyond `maxBytes`. */
async function hashOpen(
  file: OpenFile,
  maxBytes: number,
): Promise<{ hex: string; length: number }> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(Math.min(readBytes, maxBytes + 1));
  let length = 0;
  while (length <= maxBytes) {
    const count = await file.read(buffer, 0, buffer.length, null);
    if (count === 0) break;
    length += count;
    hash.update(buffer.subarray(0, count));
  }
  return { hex: hash.digest("hex"), length };
}

/**
 * Reads a file again. Undefined if it is not there, is no plain file, or has other bytes.
 *
 * @throws VouchsafeError `disk.*` when it cannot be read
 */
export async function verifyFile(
  fs: FileSystem,
  path: string,
  expected: Expected,
): Promise<VerifiedFile | undefined> {
  try {
    const file = await openPlainFile(fs, path, expected.length);
    if (file === undefined) return undefined;
    try {
      const { hex, length } = await hashOpen(file, expected.length);
      if (length !== expected.length || hex !== expected.sha256) return undefined;
      return verified(path, (await file.stat()).mtimeMs);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    }
    throw diskError("read", path, error);
  }
}

/**
 * Gives a verified file a second name in a new generation. The bytes are shared, which is safe
 * because no generation is ever written to again.
 *
 * @throws VouchsafeError `disk.*`
 */
export async function linkVerified(
  fs: FileSystem,
  file: VerifiedFile,
  path: string,
): Promise<VerifiedFile> {
  try {
    await fs.link(file.path, path);
    return verified(path, file.mtimeMs);
  } catch (error) {
    throw diskError("link into", dirname(path), error);
  }
}
