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

/** One attempt at a file: an encoding, and who is asked for it; all mirrors if nobody is named. */
export interface FetchStep {
  readonly encoding: FileEncoding;
  readonly from?: "relays" | "origins";
}

/**
 * The attempts at a file, in order. Neighbours hand on whole files and nothing else. A delta from
 * a mirror is less for everybody than the whole file from a neighbour; any other encoding costs an
 * uplink more than the whole file costs the network at hand.
 *
 * @param encodings those that cost least first; the whole file is the last
 * @param relays whether neighbours are at hand
 */
export function fetchSteps(
  encodings: readonly FileEncoding[],
  relays: boolean,
): readonly FetchStep[] {
  if (!relays) return encodings.map((encoding) => ({ encoding }));
  const of = (how: FileEncoding["how"]) => encodings.filter((encoding) => encoding.how === how);
  const whole = of("whole");
  return [
    ...of("delta").map((encoding) => ({ encoding, from: "origins" as const })),
    ...whole.map((encoding) => ({ encoding, from: "relays" as const })),
    ...of("zstd").map((encoding) => ({ encoding, from: "origins" as const })),
    ...whole.map((encoding) => ({ encoding })),
  ];
}
