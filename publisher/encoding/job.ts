/** What a worker is asked to make, and what it answers: plain values that pass between threads. */
import type { Sha256 } from "../../protocol/bytes.ts";

/** Compression levels: the usual one, and the one for a release that cannot wait. */
export const levels = { patient: 19, urgent: 12 } as const;
export type Level = (typeof levels)[keyof typeof levels];

/** A file by its path and what it must be. */
export interface JobFile {
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  readonly sha256: Sha256;
}

/** One encoding to make. */
export type EncodingJob =
  | { readonly kind: "whole"; readonly file: JobFile; readonly level: Level }
  | {
      readonly kind: "delta";
      readonly file: JobFile;
      readonly base: JobFile;
      readonly level: Level;
      /** A larger delta is of no use. */
      readonly maxBytes: number;
    };

/** What became of it. */
export interface Encoded {
  /** Null when the encoding would be too large to be of use. */
  readonly bytes: Uint8Array | null;
  readonly seconds: number;
}

/** As it comes from a worker. */
export type WorkerAnswer = Encoded | { readonly failure: string };
