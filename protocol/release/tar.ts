/**
 * Tar as bundles use it: POSIX ustar, regular files only, and for a path that ustar cannot hold one
 * pax header with nothing but that path. Written so that equal content is equal bytes; read strictly,
 * for a bundle is as hostile as anything else that comes from outside. Pure.
 */
import { VouchsafeError } from "../errors.ts";

/** Bytes of a header, and what everything is filled up to. */
export const blockBytes = 512;
const maxPaxBytes = 1024;
/** Octal digits of the field: what ustar can say without extensions. */
const maxSize = 8 ** 11 - 1;

/** Where a file of a bundle lies. */
export interface TarEntry {
  readonly path: string;
  readonly size: number;
  /** Offset of its first byte. */
  readonly offset: number;
}

/** Fills up to a whole number of blocks. */
export const paddingOf = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes;

function malformed(message: string): VouchsafeError {
  return new VouchsafeError("bundle.malformed", message);
}

/** Splits a path into ustar's prefix and name; undefined when it does not fit. */
function split(path: string): { readonly prefix: string; readonly name: string } | undefined {
  if (path.length <= 100) return { prefix: "", name: path };
  for (let slash = path.indexOf("/"); slash > 0; slash = path.indexOf("/", slash + 1)) {
    const name = path.slice(slash + 1);
    if (slash <= 155 && name.length > 0 && name.length <= 100) {
      return { prefix: path.slice(0, slash), name };
    }
  }
  return undefined;
}

const sumOf = (block: Uint8Array): number =>
  block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);

function header(name: string, prefix: string, size: number, type: "0" | "x"): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  block.write(name, 0, 100, "latin1");
  block.write("0000644", 100);
  block.write("0000000", 108);
  block.write("0000000", 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(type, 156);
  block.write("ustar\u000000", 257, "latin1");
  block.write(prefix, 345, 155, "latin1");
  block.write(`${octal(sumOf(block), 6)}\u0000 `, 148, "latin1");
  return block;
}

function paxRecord(path: string): Buffer {
  const rest = ` path=${path}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return Buffer.from(`${length}${rest}`, "latin1");
}

/**
 * The header of a regular file.
 *
 * @param path printable ASCII
 * @param size bytes
 */
export function tarHeader(path: string, size: number): Buffer {
  if (size > maxSize) throw new RangeError(`${path} is too large for a tar`);
  const parts = split(path);
  if (parts !== undefined) return header(parts.name, parts.prefix, size, "0");
  const record = paxRecord(path);
  return Buffer.concat([
    header(path.slice(0, 100), "", record.length, "x"),
    record,
    Buffer.alloc(paddingOf(record.length)),
    header(path.slice(0, 100), "", size, "0"),
  ]);
}

/** The two empty blocks that end a tar. */
export const tarEnd = (): Buffer => Buffer.alloc(2 * blockBytes);

function textAt(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  if (end >= 0 && field.subarray(end).some((byte) => byte !== 0)) {
    throw malformed("A header of the bundle hides text behind the end of a field.");
  }
  return field.subarray(0, end < 0 ? length : end).toString("latin1");
}

function octalAt(block: Buffer, start: number, length: number): number {
  const text = block.toString("latin1", start, start + length);
  const digits = /^([0-7]+)[\u0000 ]{0,2}$/.exec(text)?.[1];
  if (digits !== undefined) return Number.parseInt(digits, 8);
  throw malformed("A header of the bundle holds a number that is not octal.");
}

interface Header {
  readonly type: string;
  readonly path: string;
  readonly size: number;
}

function parseHeader(block: Buffer): Header {
  if (octalAt(block, 148, 8) !== sumOf(block)) {
    throw malformed("A header of the bundle has a wrong checksum.");
  }
  if (block.toString("latin1", 257, 265) !== "ustar\u000000") {
    throw malformed("The bundle is not a ustar archive.");
  }
  if (textAt(block, 157, 100) !== "") throw malformed("The bundle holds a link.");
  const prefix = textAt(block, 345, 155);
  const name = textAt(block, 0, 100);
  const path = prefix === "" ? name : `${prefix}/${name}`;
  return { type: block.toString("latin1", 156, 157), path, size: octalAt(block, 124, 12) };
}

/** The one record that a pax header may hold. */
function parsePax(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  const path = /^[0-9]+ path=([^\n\u0000]+)\n$/.exec(text)?.[1];
  if (path !== undefined && paxRecord(path).equals(bytes)) return path;
  throw malformed("The bundle uses an extension of tar that bundles do not have.");
}

/** Reads exactly so many bytes from an offset; fewer only at the end. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

async function exactly(read: ReadAt, offset: number, length: number): Promise<Buffer> {
  const bytes = await read(offset, length);
  if (bytes.length === length) return bytes;
  throw malformed("The bundle ends before its end: it is cut off.");
}

const isEmpty = (block: Buffer): boolean => block.every((byte) => byte === 0);

/**
 * The files of a tar, in order. Reads headers only.
 *
 * @param length bytes of the whole tar
 * @param maxEntries files that it may have
 * @throws VouchsafeError `bundle.malformed` for anything but regular files with the one extension
 *   above, wrong checksums, a cut end, or data behind the end
 */
export async function* tarEntries(
  read: ReadAt,
  length: number,
  maxEntries: number,
): AsyncGenerator<TarEntry, void, undefined> {
  let offset = 0;
  let longPath: string | undefined;
  for (let count = 0; ; ) {
    const block = await exactly(read, offset, blockBytes);
    offset += blockBytes;
    if (isEmpty(block)) break;
    const { type, path, size } = parseHeader(block);
    if (type === "x") {
      if (longPath !== undefined || size > maxPaxBytes) {
        throw malformed("The bundle uses an extension of tar that bundles do not have.");
      }
      longPath = parsePax(await exactly(read, offset, size));
    } else if (type === "0") {
      count += 1;
      if (count > maxEntries) throw malformed(`The bundle has more than ${maxEntries} files.`);
      if (offset + size > length) {
        throw malformed("The bundle ends before its end: it is cut off.");
      }
      yield { path: longPath ?? path, size, offset };
      longPath = undefined;
    } else {
      throw malformed(`The bundle holds something that is no regular file (type "${type}").`);
    }
    offset += size + paddingOf(size);
  }
  await checkEnd(read, offset, length, longPath);
}

async function checkEnd(
  read: ReadAt,
  offset: number,
  length: number,
  longPath: string | undefined,
): Promise<void> {
  if (longPath !== undefined) throw malformed("The bundle ends where a file should follow.");
  if (!isEmpty(await exactly(read, offset, blockBytes))) {
    throw malformed("The bundle has only half an end.");
  }
  // tar programs fill up to 10 KiB, some to a little more.
  const rest = length - offset - blockBytes;
  if (rest > 1024 * 1024 || !isEmpty(await read(offset + blockBytes, rest))) {
    throw malformed("The bundle has something behind its end.");
  }
}
