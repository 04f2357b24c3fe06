/** Streaming over files of the working folder: hash, copy, and compare, in bounded memory. */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { lstatIfExists, makeDirDurable, writeFully } from "../../host/durable.ts";
import type { FileSystem, OpenFile } from "../../host/file-system.ts";
import { asSha256, type Sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";

const chunkBytes = 512 * 1024;

/** Length in bytes and digest of a file. */
export interface Measured {
  readonly length: number;
  readonly sha256: Sha256;
}

/** Called with the number of bytes that were just done. */
export type OnBytes = (count: number) => void;

/** The chunks of an open file from its start. A chunk is valid until the next one is asked for. */
export async function* chunksOf(file: OpenFile): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; ; ) {
    const count = await file.read(buffer, 0, buffer.length, position);
    if (count === 0) return;
    position += count;
    yield buffer.subarray(0, count);
  }
}

/** As chunksOf for a path; the file is closed at the end. */
export async function* chunksAt(fs: FileSystem, path: string): AsyncGenerator<Buffer> {
  const file = await fs.open(path, "r");
  try {
    yield* chunksOf(file);
  } finally {
    await file.close();
  }
}

/** Length and digest of chunks; `each` sees every one. */
export async function measure(
  chunks: AsyncIterable<Uint8Array>,
  each: (chunk: Uint8Array) => void | Promise<void>,
): Promise<Measured> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    length += chunk.length;
    await each(chunk);
  }
  return { length, sha256: asSha256(hash.digest("hex")) };
}

/** Writes chunks into a new file and makes its content (not yet its name) durable. */
export async function writeChunks(
  fs: FileSystem,
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  mode: number,
  onBytes: OnBytes = () => undefined,
): Promise<Measured> {
  const file = await fs.open(path, "wx", mode & 0o700);
  try {
    const measured = await measure(chunks, async (chunk) => {
      await writeFully(file, chunk);
      onBytes(chunk.length);
    });
    await file.chmod(mode);
    await file.sync();
    return measured;
  } finally {
    await file.close();
  }
}

/** Whether a regular file with that length and digest lies at the path; nothing else may, unless it is replaced. */
async function isThere(
  fs: FileSystem,
  path: string,
  wanted: Measured,
  replaces: boolean,
): Promise<boolean> {
  const stat = await lstatIfExists(fs, path);
  if (stat === undefined) return false;
  if (stat.kind === "file" && stat.size === wanted.length) {
    const { sha256 } = await measure(chunksAt(fs, path), () => undefined);
    if (sha256 === wanted.sha256) return true;
  }
  if (replaces && stat.kind === "file") return false;
  throw new VouchsafeError("repository.incomplete", `${path} is not what was published there.`);
}

/**
 * Copies a file whose bytes are known to a place where only they may lie. What is there already
 * stays; other bytes there are never replaced.
 * @param replaces lifts that: for an encoding, whose bytes nobody trusts, that was made again
 * @throws VouchsafeError proposal.changed when the source has other bytes, repository.incomplete
 *   when the destination has, disk.*
 */
export async function copyInto(
  fs: FileSystem,
  from: string,
  to: string,
  wanted: Measured,
  modes: { readonly file: number; readonly dir: number },
  replaces: boolean,
): Promise<void> {
  if (await isThere(fs, to, wanted, replaces)) return;
  const dir = dirname(to);
  await makeDirDurable(fs, dir, modes.dir);
  const temporary = join(dir, `.${basename(to)}.tmp`);
  if ((await lstatIfExists(fs, temporary)) !== undefined) await fs.unlink(temporary);
  const copied = await writeChunks(fs, temporary, chunksAt(fs, from), modes.file);
  if (copied.length !== wanted.length || copied.sha256 !== wanted.sha256) {
    await fs.unlink(temporary);
    throw new VouchsafeError("proposal.changed", `${from} was changed since it was proposed.`);
  }
  await fs.rename(temporary, to);
  await fs.syncDir(dir);
}
