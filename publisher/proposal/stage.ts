/** Copying the files of a release in. What the repository has already is used as it lies there. */
import { dirname, join } from "node:path";
import { makeDirDurable } from "../../host/durable.ts";
import { targetLocation } from "../../protocol/release/encodings.ts";
import { chunksOf, type Measured, type OnBytes, writeChunks } from "../repository/files.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import type { ProposalPlace } from "./place.ts";
import { changedUnderUs, isSameFile, type SourceFile } from "./source-tree.ts";

/** A file of the release whose bytes are in the proposal or in the repository. */
export interface StagedFile extends Measured {
  /** Relative to the database. */
  readonly path: string;
}

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

/** Gives a file that was written whole its place in the proposal, durably. */
export async function moveIn({ fs }: Publisher, from: string, to: string): Promise<void> {
  await makeDirDurable(fs, dirname(to), modes.workDir);
  await fs.rename(from, to);
  await fs.syncDir(dirname(to));
}

/**
 * Stages one file of a release.
 * @throws VouchsafeError usage.input when the file changes meanwhile, disk.*
 */
export async function stageFile(
  publisher: Publisher,
  place: ProposalPlace,
  database: string,
  source: SourceFile,
  onBytes: OnBytes,
): Promise<StagedFile> {
  const { fs, layout } = publisher;
  const incoming = join(place.dir, ".incoming");
  const measured = await copySource(publisher, source, incoming, onBytes);
  const location = targetLocation(`${database}/${source.path}`, measured.sha256);
  if (await exists(fs, join(layout.repository, location))) await fs.unlink(incoming);
  else await moveIn(publisher, incoming, join(place.staged, location));
  return { path: source.path, ...measured };
}
