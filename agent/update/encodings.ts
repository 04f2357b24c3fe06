/** In which ways a file can come, and what each costs: pure. */
import { deltaKey } from "../../protocol/release/encodings.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import type { GenerationName } from "../store/layout.ts";
import type { ManifestFile } from "../store/manifest.ts";

/** An installed file that a delta may lead from. */
export interface DeltaBase {
  readonly generation: GenerationName;
  readonly file: ManifestFile;
}

/** Installed files by what a delta's key tells of them. */
export type DeltaBases = ReadonlyMap<string, DeltaBase>;

/** One way in which a file can come; bytes over the network. */
export type FileEncoding =
  | { readonly how: "delta"; readonly bytes: number; readonly base: DeltaBase }
  | { readonly how: "zstd"; readonly bytes: number }
  | { readonly how: "whole"; readonly bytes: number };

/** The installed files of a generation as bases. */
export function deltaBases(generation: GenerationName, files: Iterable<ManifestFile>): DeltaBases {
  return new Map(
    Array.from(files, (file) => [deltaKey(file.sha256), { generation, file }] as const),
  );
}

/** The encodings of a file that can be used here, those that cost least first; never empty. */
export function encodingsOf(
  { length, zst, deltas }: ReleaseFile,
  bases: DeltaBases,
): readonly [FileEncoding, ...FileEncoding[]] {
  const whole = { how: "whole", bytes: length } as const;
  const compressed = zst === undefined ? [] : [{ how: "zstd", bytes: zst } as const];
  const fromBases = Array.from(deltas, ([key, bytes]) => {
    const base = bases.get(key);
    return base === undefined ? [] : [{ how: "delta", bytes, base } as const];
  }).flat();
  const cheaper = [...fromBases, ...compressed].filter(({ bytes }) => bytes < length);
  const [first, ...rest] = cheaper.toSorted((a, b) => a.bytes - b.bytes);
  return first === undefined ? [whole] : [first, ...rest, whole];
}
