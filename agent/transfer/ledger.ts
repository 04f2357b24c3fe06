/**
 * Which mirror gave which bytes of a file, each stretch with its hash: so that bytes on the disk
 * can be checked again, and whoever gave wrong ones be named once the right ones are known.
 */
import { createHash, type Hash } from "node:crypto";
import { asSha256, type Sha256 } from "../../protocol/bytes.ts";

/** Bytes from `start` up to, not including, `end`, as one mirror gave them. */
export interface Piece {
  readonly mirror: string;
  readonly start: number;
  readonly end: number;
  readonly sha256: Sha256;
}

/** A stretch that still grows. */
export interface OpenPiece {
  readonly mirror: string;
  readonly start: number;
}

/** Grows with the file. */
export interface Ledger {
  /** Bytes noted so far. */
  size(): number;
  /** Whoever gives what comes next. */
  from(mirror: string): void;
  add(bytes: Uint8Array): void;
  /** Ends the stretch that grows. */
  close(): void;
  /** All ended stretches, in order and without gaps. */
  pieces(): readonly Piece[];
  open(): OpenPiece | undefined;
}

const digestOf = (hash: Hash): Sha256 => asSha256(hash.digest("hex"));

/** @param known stretches that are there already, from byte 0 without gaps */
export function makeLedger(known: readonly Piece[] = []): Ledger {
  const pieces = [...known];
  let size = pieces.at(-1)?.end ?? 0;
  let open: (OpenPiece & { readonly hash: Hash }) | undefined;
  const close = (): void => {
    if (open !== undefined && size > open.start) {
      const { mirror, start, hash } = open;
      pieces.push({ mirror, start, end: size, sha256: digestOf(hash) });
    }
    open = undefined;
  };
  const from = (mirror: string): void => {
    if (open?.mirror === mirror) return;
    close();
    open = { mirror, start: size, hash: createHash("sha256") };
  };
  return {
    size: () => size,
    from,
    add: (bytes) => {
      open?.hash.update(bytes);
      size += bytes.length;
    },
    close: () => {
      const mirror = open?.mirror;
      close();
      if (mirror !== undefined) from(mirror);
    },
    pieces: () => pieces,
    open: () => (open === undefined ? undefined : { mirror: open.mirror, start: open.start }),
  };
}

/** Compares bytes that are known to be right with stretches of another attempt. */
export interface Comparison {
  add(bytes: Uint8Array): void;
  /** The mirrors that gave a stretch with other bytes, each once. */
  liars(): readonly string[];
  /** Whether all stretches came again as they were. */
  same(): boolean;
}

/** @param pieces in order and without gaps, from byte 0 */
export function compareWith(pieces: readonly Piece[]): Comparison {
  const liars = new Set<string>();
  let at = 0;
  let index = 0;
  let hash = createHash("sha256");
  return {
    add: (bytes) => {
      let rest = bytes;
      for (let piece = pieces[index]; piece !== undefined && rest.length > 0; ) {
        const part = rest.subarray(0, piece.end - at);
        hash.update(part);
        at += part.length;
        rest = rest.subarray(part.length);
        if (at < piece.end) return;
        if (digestOf(hash) !== piece.sha256) liars.add(piece.mirror);
        hash = createHash("sha256");
        index += 1;
        piece = pieces[index];
      }
    },
    liars: () => [...liars],
    same: () => liars.size === 0 && index === pieces.length,
  };
}
