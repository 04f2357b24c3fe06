/** The side file of a partial file: whose bytes they are, and their hashes. Read as hostile. */
import { isSha256 } from "../../protocol/bytes.ts";
import { isObject, type JsonObject, type JsonValue, own, parseJson } from "../../protocol/json.ts";
import {
  arrayAt,
  formatError,
  integerAt,
  objectAt,
  required,
  stringAt,
} from "../../protocol/tuf/fields.ts";
import type { OpenPiece, Piece } from "./ledger.ts";

/** What is known of a partial file. */
export interface PartialRecord {
  /** Path in the repository. */
  readonly path: string;
  /** Signed length of the whole. */
  readonly length: number;
  /** Stretches that were on the disk when this was written. */
  readonly pieces: readonly Piece[];
  /** Who gives the bytes after them. */
  readonly open?: OpenPiece;
  /** Strong validators by mirror. */
  readonly etags: ReadonlyMap<string, string>;
}

const format = 1;
const maxMirror = 2048;
const maxMirrors = 64;
/** Stretches of one file; a download that is cut into more is not kept. */
export const maxPieces = 2_000;
export const maxRecordBytes = 8 * 1024 * 1024;

function pieceAt(value: JsonValue, start: number): Piece {
  const object = objectAt(value, "a piece");
  const sha256 = stringAt(required(object, "sha256", "a piece"), "sha256", 64);
  if (!isSha256(sha256)) throw formatError("a piece's sha256", "is no digest");
  return {
    mirror: stringAt(required(object, "mirror", "a piece"), "mirror", maxMirror),
    start,
    end: integerAt(required(object, "end", "a piece"), "end", start + 1),
    sha256,
  };
}

function piecesAt(value: JsonValue): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const item of arrayAt(value, "pieces", maxPieces)) {
    pieces.push(pieceAt(item, pieces.at(-1)?.end ?? 0));
  }
  return pieces;
}

function etagsAt(object: JsonObject): ReadonlyMap<string, string> {
  const entries = Object.entries(object);
  if (entries.length > maxMirrors) throw formatError("etags", "are too many");
  return new Map(entries.map(([mirror, etag]) => [mirror, stringAt(etag, "etag", 256)] as const));
}

/** The record; undefined if the bytes are none of this format. */
export function parseRecord(bytes: Uint8Array): PartialRecord | undefined {
  try {
    const object = parseJson(bytes, maxRecordBytes);
    if (!isObject(object) || own(object, "format") !== format) return undefined;
    const pieces = piecesAt(required(object, "pieces", "the record"));
    const giver = own(object, "open");
    return {
      path: stringAt(required(object, "path", "the record"), "path", 4096),
      length: integerAt(required(object, "length", "the record"), "length", 1),
      pieces,
      ...(giver === undefined
        ? {}
        : { open: { mirror: stringAt(giver, "open", maxMirror), start: pieces.at(-1)?.end ?? 0 } }),
      etags: etagsAt(objectAt(required(object, "etags", "the record"), "etags")),
    };
  } catch {
    return undefined;
  }
}

/** The bytes of a record. */
export function encodeRecord({ path, length, pieces, open, etags }: PartialRecord): Buffer {
  const value = {
    format,
    path,
    length,
    pieces: pieces.map(({ mirror, end, sha256 }) => ({ mirror, end, sha256 })),
    ...(open === undefined ? {} : { open: open.mirror }),
    etags: Object.fromEntries(etags),
  };
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
