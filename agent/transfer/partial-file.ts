/**
 * A partial file: the bytes of a download that is not over, and beside it whose they are. A
 * killed process leaves all that it had written; a power cut takes at most what came since the last
 * fsync, and whatever is not as it was written is found by its hash and cut off.
 *
 * It is a saving, never a need: what cannot be read or written here is given up, and the download
 * goes on without.
 */
import { createHash } from "node:crypto";
import { readFileIfExists, writeFileDurable } from "../../host/durable.ts";
import type { FileSystem, OpenFile } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import { asSha256 } from "../../protocol/bytes.ts";
import { errorDocument } from "../../protocol/errors.ts";
import type { Ledger, Piece } from "./ledger.ts";
import { encodeRecord, maxPieces, maxRecordBytes, parseRecord } from "./partial-record.ts";

/** What a partial file needs, and what it is of. */
export interface PartialOptions {
  readonly fs: FileSystem;
  readonly log: Log;
  /** Absolute path of the bytes; the record lies at `<file>.json`. */
  readonly file: string;
  /** Path in the repository, and signed length. */
  readonly path: string;
  readonly length: number;
  /** Whether a power cut shall be survived as well as the end of the process. */
  readonly flush: boolean;
}

/** A partial file that is open. */
export interface PartialFile {
  /** What it held when it was opened. */
  readonly held: readonly Piece[];
  readonly etags: ReadonlyMap<string, string>;
  /** The bytes that it held when it was opened. */
  read(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Appends what came; never rejects. */
  append(bytes: Uint8Array): Promise<void>;
  /** Writes down whose the bytes are, after those themselves; never rejects. */
  note(ledger: Ledger, etags: ReadonlyMap<string, string>): Promise<void>;
  close(): Promise<void>;
  /** Closes and removes it; never rejects. */
  remove(): Promise<void>;
}

const chunkBytes = 256 * 1024;

async function* stretch(
  file: OpenFile,
  start: number,
  end: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = start; at < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, end - at));
    const count = await file.read(buffer, 0, buffer.length, at);
    if (count === 0) return;
    at += count;
    yield buffer.subarray(0, count);
  }
}

/** A stretch as it lies on the disk; undefined if it is not all there. */
async function pieceOnDisk(
  file: OpenFile,
  { mirror, start, end }: Omit<Piece, "sha256">,
): Promise<Piece | undefined> {
  const hash = createHash("sha256");
  let at = start;
  for await (const bytes of stretch(file, start, end)) {
    hash.update(bytes);
    at += bytes.length;
  }
  return at === end ? { mirror, start, end, sha256: asSha256(hash.digest("hex")) } : undefined;
}

/** The stretches that are on the disk as they were written; what follows them counts for nothing. */
async function heldPieces(
  file: OpenFile,
  pieces: readonly Piece[],
  giver: string | undefined,
  length: number,
): Promise<readonly Piece[]> {
  const held: Piece[] = [];
  for (const piece of pieces) {
    const found = await pieceOnDisk(file, piece);
    if (found?.sha256 !== piece.sha256) return held;
    held.push(piece);
  }
  const start = held.at(-1)?.end ?? 0;
  const { size } = await file.stat();
  if (giver === undefined || size <= start || size > length) return held;
  const tail = await pieceOnDisk(file, { mirror: giver, start, end: size });
  return tail === undefined ? held : [...held, tail];
}

interface Opened {
  readonly bytes: OpenFile;
  readonly held: readonly Piece[];
  readonly etags: ReadonlyMap<string, string>;
}

async function openBytes({ fs, file, path, length }: PartialOptions): Promise<Opened> {
  const stored = await readFileIfExists(fs, `${file}.json`, maxRecordBytes);
  const record = stored === undefined ? undefined : parseRecord(stored);
  const fits = record?.path === path && record.length === length;
  const exists = (await kindOf(fs, file)) === "file";
  if (exists && fits) {
    const bytes = await fs.open(file, "r+");
    try {
      const held = await heldPieces(bytes, record.pieces, record.open?.mirror, length);
      await bytes.truncate(held.at(-1)?.end ?? 0);
      return { bytes, held, etags: record.etags };
    } catch (error) {
      await bytes.close();
      throw error;
    }
  }
  if (exists) await fs.unlink(file);
  return { bytes: await fs.open(file, "wx", 0o600), held: [], etags: new Map() };
}

/** What lies at a path; undefined for nothing, and for what cannot be looked at. */
export async function kindOf(fs: FileSystem, path: string): Promise<string | undefined> {
  try {
    return (await fs.lstat(path)).kind;
  } catch {
    return undefined;
  }
}

/** Opens a partial file, or begins one; undefined if that cannot be done. */
export async function openPartial(options: PartialOptions): Promise<PartialFile | undefined> {
  const { fs, log, file, path, length, flush } = options;
  let opened: Opened;
  try {
    opened = await openBytes(options);
  } catch (error) {
    log.debug("A download cannot be kept in parts", { path, error: errorDocument(error) });
    return undefined;
  }
  const { bytes, held, etags } = opened;
  const begin = held.at(-1)?.end ?? 0;
  let end = begin;
  let usable = true;

  async function close(): Promise<void> {
    await bytes.close().catch(() => undefined);
  }
  async function discard(): Promise<void> {
    for (const name of [`${file}.json`, file]) await fs.unlink(name).catch(() => undefined);
  }
  async function attempt(work: () => Promise<void>): Promise<void> {
    if (!usable) return;
    try {
      await work();
    } catch (error) {
      usable = false;
      log.debug("A download is no longer kept in parts", { path, error: errorDocument(error) });
      await discard(); // it takes room that the file itself may need
    }
  }

  return {
    held,
    etags,
    read: () => stretch(bytes, 0, begin),
    append: (piece) =>
      attempt(async () => {
        await writeAt(bytes, piece, end);
        end += piece.length;
      }),
    note: (ledger, known) =>
      attempt(async () => {
        if (ledger.pieces().length >= maxPieces) throw new RangeError("too many pieces");
        if (flush) await bytes.sync();
        const open = ledger.open();
        const pieces = ledger.pieces();
        const record = { path, length, pieces, etags: known, ...(open && { open }) };
        const written = { mode: 0o600, flush };
        await writeFileDurable(fs, `${file}.json`, encodeRecord(record), written);
      }),
    close,
    remove: async () => {
      await close();
      await discard();
    },
  };
}

async function writeAt(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += await file.write(bytes, done, bytes.length - done, position + done);
  }
}
