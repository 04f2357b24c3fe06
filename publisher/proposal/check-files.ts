/** Looking at every file of a proposal again, byte by byte: at approve, and again at publish. */
import { join, relative } from "node:path";
import { VouchsafeError } from "../../protocol/errors.ts";
import { targetLocation, zstLocation } from "../../protocol/release/encodings.ts";
import type { FilesToCopy } from "../repository/outbox.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import { checkDeltas } from "./check-deltas.ts";
import { makeLineCounter } from "./lines.ts";
import { checkEncoding, checkWhole, locate } from "./locate.ts";
import type { Proposal } from "./stored.ts";

/** What a look at all files found. */
export interface CheckedFiles {
  /** Lines of each text file, by path; null for files that are not text. */
  readonly lines: ReadonlyMap<string, number | null>;
  /** Files that the repository does not have yet. */
  readonly toCopy: FilesToCopy;
}

/**
 * Hashes every file and decodes every encoding of a proposal.
 * @throws VouchsafeError proposal.changed, disk.*
 */
export async function checkFiles(publisher: Publisher, proposal: Proposal): Promise<CheckedFiles> {
  const { fs, layout, signal } = publisher;
  const { place, release, database } = proposal;
  const lines = new Map<string, number | null>();
  const toCopy: FilesToCopy = [];
  const total = release.files.reduce((sum, { length }) => sum + length, 0);
  const bar = publisher.progress(`checking ${database.name}`);
  let done = 0;
  for (const file of release.files) {
    const targetPath = `${database.name}/${file.path}`;
    const to = targetLocation(targetPath, file.sha256);
    const whole = await locate(publisher, place, to);
    const counter = makeLineCounter();
    await checkWhole(fs, whole.path, file, (chunk) => {
      signal.throwIfAborted();
      counter.add(chunk);
      done += chunk.length;
      bar.update(done, total);
    });
    lines.set(file.path, counter.lines());
    const { length, sha256 } = file;
    if (whole.staged)
      toCopy.push({ from: relative(layout.dir, whole.path), to, length, sha256, replaces: false });
    toCopy.push(...(await checkDeltas(publisher, proposal, file)));
    if (file.zst === undefined) continue;
    const zstTo = zstLocation(targetPath, file.sha256);
    const encoding = await locate(publisher, place, zstTo);
    const encoded = await checkEncoding(fs, encoding.path, file);
    if (encoded.length !== file.zst) {
      const message = `${encoding.path} was changed since it was proposed.`;
      throw new VouchsafeError("proposal.changed", message);
    }
    if (!encoding.staged) continue;
    const replaces = await exists(fs, join(layout.repository, zstTo));
    toCopy.push({ from: relative(layout.dir, encoding.path), to: zstTo, ...encoded, replaces });
  }
  bar.end();
  return { lines, toCopy };
}
