/** The deltas of a changed file, from what the last releases had at its path. */
import { basename, join } from "node:path";
import { deltaKey, deltaLocation, targetLocation } from "../../protocol/release/encodings.ts";
import type { OldFile } from "../encoding/history.ts";
import { writeChunks } from "../repository/files.ts";
import { modes } from "../workspace/layout.ts";
import { exists } from "../workspace/publisher.ts";
import type { Encoding } from "./encoding.ts";
import { locate } from "./locate.ts";
import { moveIn, type StagedFile } from "./stage.ts";
import { oneChunk } from "./stage-zstd.ts";

/** A smaller file costs less than its deltas add to signed metadata. */
const minFileBytes = 4096;
/** Old files are read into memory. */
const maxBaseBytes = 512 * 1024 * 1024;
/** What a file system lets a name have. */
const maxNameLength = 255;

/** A delta that exists. */
export interface Delta {
  readonly base: OldFile;
  readonly length: number;
  /** Where it lies before it has its place; undefined for one that is published. */
  readonly made?: { readonly path: string; readonly seconds: number };
}

function basesOf({ history }: Encoding, file: StagedFile): readonly OldFile[] {
  const seen = new Set([deltaKey(file.sha256)]);
  return (history.get(file.path) ?? []).filter(({ sha256, length }) => {
    const key = deltaKey(sha256);
    if (seen.has(key) || length === 0 || length > maxBaseBytes) return false;
    seen.add(key);
    return true;
  });
}

async function deltaFrom(
  { publisher, place, database, encoder, level, incoming }: Encoding,
  file: StagedFile,
  base: OldFile,
): Promise<Delta | undefined> {
  const { fs, layout } = publisher;
  const targetPath = `${database.name}/${file.path}`;
  const location = deltaLocation(targetPath, file.sha256, base.sha256);
  const published = join(layout.repository, location);
  if (await exists(fs, published)) return { base, length: (await fs.lstat(published)).size };
  const source = await locate(publisher, place, targetLocation(targetPath, file.sha256));
  const old = join(layout.repository, targetLocation(targetPath, base.sha256));
  const { bytes, seconds } = await encoder.encode({
    kind: "delta",
    file: { path: source.path, length: file.length, sha256: file.sha256 },
    base: { path: old, length: base.length, sha256: base.sha256 },
    level,
    maxBytes: Math.floor(file.length / 2),
  });
  if (bytes === null) return undefined;
  const path = incoming();
  await writeChunks(fs, path, oneChunk(bytes), modes.workFile);
  return { base, length: bytes.length, made: { path, seconds } };
}

/**
 * Makes the deltas to a file, from the newest old file on; the first that is of no use ends it,
 * for what is older differs more.
 *
 * @throws VouchsafeError repository.incomplete, disk.*
 */
export async function makeDeltas(encoding: Encoding, file: StagedFile): Promise<readonly Delta[]> {
  const { publisher, database } = encoding;
  const deltas: Delta[] = [];
  if (file.length < minFileBytes) return deltas;
  for (const base of basesOf(encoding, file)) {
    publisher.signal.throwIfAborted();
    const location = deltaLocation(`${database.name}/${file.path}`, file.sha256, base.sha256);
    const old = targetLocation(`${database.name}/${file.path}`, base.sha256);
    const isGone = !(await exists(publisher.fs, join(publisher.layout.repository, old)));
    if (isGone || basename(location).length > maxNameLength) continue;
    const delta = await deltaFrom(encoding, file, base);
    if (delta === undefined) break;
    deltas.push(delta);
  }
  return deltas;
}

/**
 * Gives the deltas that are worth having their places, and removes the others.
 *
 * @param best length of the smallest encoding of the whole file; a delta is to have half of it
 */
export async function placeDeltas(
  { publisher, place, database }: Encoding,
  file: StagedFile,
  deltas: readonly Delta[],
  best: number,
): Promise<readonly Delta[]> {
  const isWorthIt = ({ length }: Delta): boolean =>
    best >= minFileBytes && length <= Math.floor(best / 2);
  for (const delta of deltas) {
    const { base, made } = delta;
    if (made === undefined) continue;
    if (isWorthIt(delta)) {
      const location = deltaLocation(`${database.name}/${file.path}`, file.sha256, base.sha256);
      await moveIn(publisher, made.path, join(place.staged, location));
    } else {
      await publisher.fs.unlink(made.path);
    }
  }
  return deltas.filter(isWorthIt);
}
