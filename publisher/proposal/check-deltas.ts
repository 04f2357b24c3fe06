/** Applying every new delta of a proposal, to see that it makes its file. */
import { join, relative } from "node:path";
import type { FileSystem } from "../../host/file-system.ts";
import { isSha256, type Sha256 } from "../../protocol/bytes.ts";
import { applyDelta } from "../../protocol/delta/apply.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { deltaLocation, targetLocation } from "../../protocol/release/encodings.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import { chunksAt, type Measured, measure } from "../repository/files.ts";
import type { FilesToCopy } from "../repository/outbox.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import { locate } from "./locate.ts";
import type { Proposal } from "./stored.ts";
import { decompress } from "./zstd.ts";

function changed(path: string): VouchsafeError {
  return new VouchsafeError("proposal.changed", `${path} was changed since it was proposed.`);
}

/** What a delta makes of an old file. */
async function decode(
  fs: FileSystem,
  delta: string,
  basePath: string,
  { length }: ReleaseFile,
): Promise<Measured> {
  const base = await fs.open(basePath, "r");
  try {
    const old = {
      length: (await base.stat()).size,
      read: (into: Uint8Array, position: number) => base.read(into, 0, into.length, position),
    };
    return await decompress(chunksAt(fs, delta), delta, (inflated) =>
      measure(applyDelta(inflated, old, length), () => undefined),
    );
  } catch (cause) {
    if (cause instanceof VouchsafeError && cause.code === "trust.mismatch") throw changed(delta);
    throw cause;
  } finally {
    await base.close();
  }
}

/** Digests of old files, by what a delta's key tells of them: from the names of what lies there. */
async function basesIn(
  fs: FileSystem,
  folder: string,
  prefix: string,
): Promise<ReadonlyMap<string, Sha256>> {
  const found = new Map<string, Sha256>();
  if (!(await exists(fs, folder))) return found;
  for (const name of await fs.readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(".vcdiff.zst")) continue;
    const base = name.slice(prefix.length, prefix.length + 64);
    if (isSha256(base) && name.length === prefix.length + 64 + ".vcdiff.zst".length) {
      found.set(base.slice(0, 16), base);
    }
  }
  return found;
}

/**
 * Checks the deltas of one file: a new one is applied to its old file, a published one must have
 * its length.
 *
 * @returns those that the repository does not have yet
 * @throws VouchsafeError proposal.changed, disk.*
 */
export async function checkDeltas(
  publisher: Publisher,
  { place, database }: Proposal,
  file: ReleaseFile,
): Promise<FilesToCopy> {
  const toCopy: FilesToCopy = [];
  if (file.deltas.size === 0) return toCopy;
  const { fs, layout } = publisher;
  const targetPath = `${database.name}/${file.path}`;
  const whole = targetLocation(targetPath, file.sha256);
  const [folder, prefix] = [join(whole, ".."), `${whole.slice(whole.lastIndexOf("/") + 1)}.`];
  const bases = new Map([
    ...(await basesIn(fs, join(layout.repository, folder), prefix)),
    ...(await basesIn(fs, join(place.staged, folder), prefix)),
  ]);
  for (const [key, length] of file.deltas) {
    const base = bases.get(key);
    if (base === undefined) {
      const message = `The proposal lacks the delta from ${key} to ${file.path}.`;
      throw new VouchsafeError("proposal.changed", message);
    }
    const to = deltaLocation(targetPath, file.sha256, base);
    const { path, staged } = await locate(publisher, place, to);
    if ((await fs.lstat(path)).size !== length) throw changed(path);
    if (!staged) continue;
    const old = join(layout.repository, targetLocation(targetPath, base));
    const made = await decode(fs, path, old, file);
    if (made.length !== file.length || made.sha256 !== file.sha256) throw changed(path);
    const measured = await measure(chunksAt(fs, path), () => undefined);
    toCopy.push({ from: relative(layout.dir, path), to, ...measured, replaces: false });
  }
  return toCopy;
}
