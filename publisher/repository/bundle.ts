/** One file for machines without a network: repository paths in a tar, the same bytes each time. */
import { basename, dirname, join } from "node:path";
import { lstatIfExists } from "../../host/directories.ts";
import { diskError } from "../../host/disk-error.ts";
import { writeFully } from "../../host/durable.ts";
import type { FileSystem, OpenFile } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { targetLocation, zstLocation } from "../../protocol/release/encodings.ts";
import { haltRole } from "../../protocol/release/halt.ts";
import { paddingOf, tarEnd, tarHeader } from "../../protocol/release/tar.ts";
import { checkExpiry } from "../../protocol/tuf/trusted-set.ts";
import { type Publisher, withLock } from "../workspace/publisher.ts";
import { chunksAt, measure } from "./files.ts";
import { checkNothingPending } from "./outbox.ts";
import { databaseNamed, type Published, readPublished } from "./published.ts";
import type { Database } from "./read-database.ts";

/** A file of the repository to put in, and what it must be. */
interface Item {
  readonly path: string;
  /** Bytes, and digest where the path's file is the decoded one. */
  readonly length?: number;
  readonly sha256?: string;
}

/** What was written. */
export interface Bundled {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly files: number;
  readonly databases: readonly { readonly name: string; readonly version: number }[];
  /** Until when it can be imported without a waiver. */
  readonly expires: string;
}

function metadataOf(
  { root, snapshot, timestamp, halt }: Published,
  databases: readonly Database[],
) {
  const roles = ["targets", ...(halt === undefined ? [] : [haltRole])].concat(
    databases.flatMap(({ name, release }) => [name, ...(release?.bins.keys() ?? [])]),
  );
  return [
    ...Array.from({ length: root.version }, (_, index) => `${index + 1}.root.json`),
    "timestamp.json",
    `${timestamp.snapshot.version}.snapshot.json`,
    ...roles.map((role) => `${snapshot.meta.get(`${role}.json`)?.version ?? 0}.${role}.json`),
  ].map((name): Item => ({ path: `metadata/${name}` }));
}

function targetsOf({ name, release }: Database): readonly Item[] {
  return (release?.files ?? []).flatMap(({ path, length, sha256, zst }) => {
    const target = `${name}/${path}`;
    const whole = { path: targetLocation(target, sha256), length, sha256 };
    return zst === undefined
      ? [whole]
      : [whole, { path: zstLocation(target, sha256), length: zst }];
  });
}

/** The files of a bundle; one that two paths name is there once. */
function itemsOf(published: Published, databases: readonly Database[]): readonly Item[] {
  const items = [...metadataOf(published, databases), ...databases.flatMap(targetsOf)];
  return [...new Map(items.map((item) => [item.path, item] as const)).values()];
}

function checkWorthIt(published: Published, databases: readonly Database[], now: number): void {
  for (const { name, release } of databases) {
    if (release === undefined) {
      throw new VouchsafeError("state.missing", `Nothing of ${name} is published yet.`);
    }
    checkExpiry({ type: name, expires: release.expires }, now);
  }
  for (const role of [published.root, published.targets, published.snapshot, published.timestamp]) {
    checkExpiry(role, now);
  }
}

async function addFile(fs: FileSystem, out: OpenFile, repository: string, item: Item) {
  const from = join(repository, item.path);
  const stat = await lstatIfExists(fs, from);
  const size = item.length ?? stat?.size ?? 0;
  const damaged = () =>
    new VouchsafeError("repository.incomplete", `${from} is not what was published there.`);
  if (stat?.kind !== "file" || stat.size !== size) throw damaged();
  await writeFully(out, tarHeader(item.path, size));
  const written = await measure(chunksAt(fs, from), (chunk) => writeFully(out, chunk));
  if (written.length !== size || (item.sha256 ?? written.sha256) !== written.sha256)
    throw damaged();
  await writeFully(out, Buffer.alloc(paddingOf(size)));
}

async function checkDestination(fs: FileSystem, file: string): Promise<void> {
  const stat = await lstatIfExists(fs, file);
  if (stat !== undefined && stat.kind !== "file") {
    throw new VouchsafeError("usage.input", `${file} is there and is no regular file.`);
  }
  if ((await lstatIfExists(fs, dirname(file))) === undefined) {
    throw new VouchsafeError("usage.input", `The folder ${dirname(file)} does not exist.`);
  }
}

/**
 * Writes the published releases of some databases, with all that an agent needs to verify them,
 * into one file. A file that is there is replaced once the new one is whole.
 *
 * @throws VouchsafeError state.missing, usage.input, trust.expired, repository.incomplete,
 *   busy.locked, disk.*
 */
export function writeBundle(
  publisher: Publisher,
  names: readonly string[],
  file: string,
): Promise<Bundled> {
  return withLock(publisher, async () => {
    const { fs, layout, clock, signal } = publisher;
    await checkNothingPending(publisher);
    const published = await readPublished(publisher);
    const databases = [...new Set(names)].map((name) => databaseNamed(published, name));
    checkWorthIt(published, databases, clock.now().getTime());
    await checkDestination(fs, file);
    const items = itemsOf(published, databases);
    const temporary = join(dirname(file), `.${basename(file)}.tmp`);
    try {
      if ((await lstatIfExists(fs, temporary)) !== undefined) await fs.unlink(temporary);
      const out = await fs.open(temporary, "wx", 0o644);
      const bar = publisher.progress("bundling");
      try {
        for (const [index, item] of items.entries()) {
          signal.throwIfAborted();
          await addFile(fs, out, layout.repository, item);
          bar.update(index + 1, items.length);
        }
        await writeFully(out, tarEnd());
        await out.sync();
      } finally {
        bar.end();
        await out.close();
      }
      const { length, sha256 } = await measure(chunksAt(fs, temporary), () => undefined);
      await fs.rename(temporary, file);
      await fs.syncDir(dirname(file));
      return {
        file,
        sha256,
        bytes: length,
        files: items.length,
        databases: databases.map(({ name, release }) => ({ name, version: release?.version ?? 0 })),
        expires: published.timestamp.expires,
      };
    } catch (error) {
      await fs.unlink(temporary).catch(() => undefined);
      throw diskError("write", file, error);
    }
  });
}
