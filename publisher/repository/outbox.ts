/**
 * The outbox: exact bytes that are about to be published. It comes into being in one step (a
 * rename) and is delivered in a fixed order, the timestamp last; a crash at any point leaves
 * something that delivers the same bytes again.
 */
import { join } from "node:path";
import { z } from "zod";
import {
  lstatIfExists,
  makeDirDurable,
  readFileBounded,
  readFileIfExists,
  removeTree,
  writeFileDurable,
} from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { isSha256, type Sha256, sameBytes } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { discardProposal, proposalDigest } from "../proposal/place.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import { readDocument } from "../workspace/read-document.ts";
import { writeDocument } from "../workspace/settings.ts";
import { copyImmutable } from "./files.ts";
import { metadataPath } from "./published.ts";

const digest = z.custom<Sha256>((value) => typeof value === "string" && isSha256(value), {
  error: "is not a sha256",
});
const metadataName = z
  .string()
  .regex(/^(?:timestamp|[1-9]\d{0,15}\.[a-z0-9][a-z0-9-]{0,40})\.json$/);
const segment = String.raw`[A-Za-z0-9_][\w.-]*`;
const below = (folder: string) =>
  z
    .string()
    .max(1024)
    .regex(new RegExp(`^${folder}(?:/${segment})+$`));

const batchSchema = z.strictObject({
  format: z.literal(1),
  /** Files to copy first: from the working folder into the repository. */
  files: z.array(
    z.strictObject({
      from: below("proposals"),
      to: below("targets"),
      length: z.number().int().min(0),
      sha256: digest,
    }),
  ),
  /** Names of versioned metadata, in the order of delivery; timestamp.json follows them. */
  metadata: z.array(metadataName),
  /** Proposals that are finished once it is delivered, by the digest of their role. */
  proposals: z.array(z.strictObject({ database: z.string(), digest })),
});

/** What is to be published. */
export type Batch = Omit<z.output<typeof batchSchema>, "format">;

const maxBatchBytes = 64 * 1024 * 1024;
const readyName = "batch";
const timestampName = "timestamp.json";

const readyDir = (publisher: Publisher): string => join(publisher.layout.outbox, readyName);

/** Whether a publication was begun and not finished. */
export function isPending(publisher: Publisher): Promise<boolean> {
  return exists(publisher.fs, readyDir(publisher));
}

/** Throws usage.input while a publication is unfinished: its proposals must not move. */
export async function checkNothingPending(publisher: Publisher): Promise<void> {
  if (!(await isPending(publisher))) return;
  const message = 'A publication is unfinished; "publish" finishes it.';
  throw new VouchsafeError("usage.input", message);
}

/** Removes what interrupted calls left; only the ready batch counts. */
async function sweep({ fs, layout }: Publisher): Promise<void> {
  for (const name of await fs.readdir(layout.outbox)) {
    if (name !== readyName) await removeTree(fs, join(layout.outbox, name));
  }
}

/**
 * Puts a batch into the outbox, in one durable step.
 * @param metadata exact bytes by file name: those of the batch, and timestamp.json
 */
export async function fillOutbox(
  publisher: Publisher,
  batch: Batch,
  metadata: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const { fs, layout } = publisher;
  await checkNothingPending(publisher);
  await makeDirDurable(fs, layout.outbox, modes.workDir);
  await sweep(publisher);
  const building = join(layout.outbox, ".building");
  await makeDirDurable(fs, building, modes.workDir);
  for (const [name, bytes] of metadata) {
    await writeFileDurable(fs, join(building, name), bytes, { mode: modes.workFile });
  }
  await writeDocument(fs, join(building, "batch.json"), { format: 1, ...batch });
  await fs.rename(building, readyDir(publisher));
  await fs.syncDir(layout.outbox);
}

/** Writes a versioned metadata file; one that is there must have the same bytes. */
async function publishVersion(fs: FileSystem, path: string, bytes: Buffer): Promise<void> {
  const there = await readFileIfExists(fs, path, limits.targetsBytes);
  if (there !== undefined) {
    if (sameBytes(there, bytes)) return;
    const message = `${path} exists with other bytes; a version is published once only.`;
    throw new VouchsafeError("repository.incomplete", message);
  }
  await writeFileDurable(fs, path, bytes, { mode: modes.servedFile });
}

async function deliverMetadata(publisher: Publisher, batch: Batch): Promise<void> {
  const { fs, layout } = publisher;
  const read = (name: string) =>
    readFileBounded(fs, join(readyDir(publisher), name), limits.targetsBytes);
  for (const name of batch.metadata) {
    await publishVersion(fs, metadataPath(layout.repository, name), await read(name));
  }
  await writeFileDurable(
    fs,
    metadataPath(layout.repository, timestampName),
    await read(timestampName),
    { mode: modes.servedFile },
  );
}

async function closeProposals(publisher: Publisher, batch: Batch): Promise<void> {
  for (const { database, digest: wanted } of batch.proposals) {
    if ((await proposalDigest(publisher, database)) === wanted) {
      await discardProposal(publisher, database);
    }
  }
}

/**
 * Delivers the batch that is in the outbox, if there is one: files, metadata, then the timestamp.
 * @returns what it was
 * @throws VouchsafeError trust.mismatch, repository.incomplete, disk.*
 */
export async function deliverOutbox(publisher: Publisher): Promise<Batch | undefined> {
  const { fs, layout } = publisher;
  if ((await lstatIfExists(fs, readyDir(publisher))) === undefined) return undefined;
  const path = join(readyDir(publisher), "batch.json");
  const bytes = await readFileBounded(fs, path, maxBatchBytes);
  const batch = readDocument(bytes, maxBatchBytes, path, batchSchema);
  const total = batch.files.reduce((sum, { length }) => sum + length, 0);
  const bar = publisher.progress("publishing");
  let done = 0;
  for (const { from, to, length, sha256 } of batch.files) {
    publisher.signal.throwIfAborted();
    const target = join(layout.repository, to);
    const served = { file: modes.servedFile, dir: modes.servedDir };
    await copyImmutable(fs, join(layout.dir, from), target, { length, sha256 }, served);
    done += length;
    bar.update(done, total);
  }
  bar.end();
  await deliverMetadata(publisher, batch);
  await closeProposals(publisher, batch);
  await fs.rename(readyDir(publisher), join(layout.outbox, ".delivered"));
  await fs.syncDir(layout.outbox);
  await sweep(publisher);
  return batch;
}
