/** Copying the files of a release in, and making what else carries them. */
import { dirname, join } from "node:path";
import { makeDirDurable } from "../../host/durable.ts";
import { targetLocation, zstLocation } from "../../protocol/release/encodings.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import {
  chunksAt,
  chunksOf,
  type Measured,
  type OnBytes,
  writeChunks,
} from "../repository/files.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import { checkEncoding, locate } from "./locate.ts";
import type { ProposalPlace } from "./place.ts";
import { changedUnderUs, isSameFile, type SourceFile } from "./source-tree.ts";
import { compress } from "./zstd.ts";

/** Copies one source file to `to`, hashing it on the way; it must not change meanwhile. */
async function copySource(
  { fs, signal }: Publisher,
  { location, stat }: SourceFile,
  to: string,
  onBytes: OnBytes,
): Promise<Measured> {
  const file = await fs.open(location, "r");
  try {
    if (!isSameFile(stat, await file.stat())) throw changedUnderUs(location);
    const measured = await writeChunks(fs, to, chunksOf(file), modes.workFile, (count) => {
      signal.throwIfAborted();
      onBytes(count);
    });
    const after = await file.stat();
    if (!isSameFile(stat, after) || measured.length !== stat.size) throw changedUnderUs(location);
    return measured;
  } finally {
    await file.close();
  }
}

async function moveIn({ fs }: Publisher, from: string, to: string): Promise<void> {
  await makeDirDurable(fs, dirname(to), modes.workDir);
  await fs.rename(from, to);
  await fs.syncDir(dirname(to));
}

/** A smaller file gains nothing from an encoding that would be asked for by itself. */
const minEncodedBytes = 128;

/** The length of the zstd encoding: the published one, or a new one if it is smaller. */
async function stageZst(
  publisher: Publisher,
  place: ProposalPlace,
  whole: Measured & { readonly targetPath: string },
  incoming: string,
): Promise<number | undefined> {
  const { fs, layout } = publisher;
  const location = zstLocation(whole.targetPath, whole.sha256);
  const published = join(layout.repository, location);
  if (await exists(fs, published)) {
    await checkEncoding(fs, published, whole);
    return (await fs.lstat(published)).size;
  }
  if (whole.length < minEncodedBytes) return undefined;
  const source = await locate(publisher, place, targetLocation(whole.targetPath, whole.sha256));
  const { length } = await compress(chunksAt(fs, source.path), whole.length, (compressed) =>
    writeChunks(fs, incoming, compressed, modes.workFile),
  );
  if (length >= whole.length) {
    await fs.unlink(incoming);
    return undefined;
  }
  await moveIn(publisher, incoming, join(place.staged, location));
  return length;
}

/**
 * Stages one file of a release with its encodings. What the repository has already is used as it
 * lies there, so that published bytes never change.
 * @param before the file of that path in the published release
 * @throws VouchsafeError usage.input when the file changes meanwhile, disk.*
 */
export async function stageFile(
  publisher: Publisher,
  place: ProposalPlace,
  database: string,
  source: SourceFile,
  before: ReleaseFile | undefined,
  onBytes: OnBytes,
): Promise<ReleaseFile> {
  const { fs, layout } = publisher;
  const incoming = join(place.dir, ".incoming");
  const measured = await copySource(publisher, source, incoming, onBytes);
  const targetPath = `${database}/${source.path}`;
  const location = targetLocation(targetPath, measured.sha256);
  if (await exists(fs, join(layout.repository, location))) await fs.unlink(incoming);
  else await moveIn(publisher, incoming, join(place.staged, location));
  // approve decodes the encoding again; here what was signed for the same bytes is enough.
  const isSame = before?.sha256 === measured.sha256 && before.length === measured.length;
  if (isSame) return described(source.path, measured, before.zst);
  const zst = await stageZst(publisher, place, { ...measured, targetPath }, incoming);
  return described(source.path, measured, zst);
}

function described(path: string, measured: Measured, zst: number | undefined): ReleaseFile {
  const { length, sha256 } = measured;
  return { path, length, sha256, ...(zst === undefined ? {} : { zst }), deltas: new Map() };
}
