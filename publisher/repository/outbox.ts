/**
 * The outbox: exact bytes that are about to be published. It comes into being in one step (a
 * rename) and is delivered in a fixed order, the timestamp last, after it at most a root that
 * clients can do without; a crash at any point leaves something that delivers the same bytes again.
 */
import { join } from "node:path";
import { z } from "zod";
import {
  makeDirDurable,
  readFileBounded,
  readFileIfExists,
  removeTree,
  writeFileDurable,
} from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { isSha256, type Sha256, sameBytes, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { parseEnvelope } from "../../protocol/tuf/envelope.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { parseTimestamp } from "../../protocol/tuf/parse.ts";
import { digestOf, readRoleBytes } from "../proposal/documents.ts";
import { discardProposal, placeOf, sweepProposals } from "../proposal/place.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import { readDocument } from "../workspace/read-document.ts";
import { writeDocument } from "../workspace/settings.ts";
import { copyInto } from "./files.ts";
import { metadataPath } from "./published.ts";

const digest = z.custom<Sha256>((value) => typeof value === "string" && isSha256(value), {
  error: "is not a sha256",
});
const metadataName = z
  .string()
  .regex(/^(?:timestamp|[1-9]\d{0,15}\.[a-z0-9][a-z0-9-]{0,60})\.json(?:\.zst)?$/);
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
      /** Whether other bytes may lie there: an encoding that was made again, better. */
      replaces: z.boolean().default(false),
    }),
  ),
  /** Metadata in the order of delivery, with the digests of its exact bytes. */
  metadata: z.array(z.strictObject({ name: metadataName, sha256: digest })),
  /** Proposals that are finished once it is delivered, by the digest of their documents. */
  proposals: z.array(z.strictObject({ database: z.string(), digest })),
});

type Batch = z.output<typeof batchSchema>;

/** Files to copy from the working folder into the repository. */
export type FilesToCopy = Batch["files"];

/** Proposals that a publication finishes. */
export type FinishedProposals = Batch["proposals"];

/** What is to be published. */
export interface Publication {
  readonly files: FilesToCopy;
  readonly proposals: FinishedProposals;
  /** Exact bytes by file name, in the order of delivery. */
  readonly metadata: ReadonlyMap<string, Buffer>;
}

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

/** Removes what interrupted calls left in the outbox; only the ready batch counts. */
async function sweep({ fs, layout }: Publisher): Promise<void> {
  for (const name of await fs.readdir(layout.outbox)) {
    if (name !== readyName) await removeTree(fs, join(layout.outbox, name));
  }
}

/** Puts a publication into the outbox, in one durable step. */
export async function fillOutbox(
  publisher: Publisher,
  { files, proposals, metadata }: Publication,
): Promise<void> {
  const { fs, layout } = publisher;
  await checkNothingPending(publisher);
  const building = join(layout.outbox, ".building");
  await makeDirDurable(fs, building, modes.workDir);
  for (const [name, bytes] of metadata) {
    await writeFileDurable(fs, join(building, name), bytes, { mode: modes.workFile });
  }
  const listed = Array.from(metadata, ([name, bytes]) => ({ name, sha256: sha256(bytes) }));
  const batch: Batch = { format: 1, files, metadata: listed, proposals };
  await writeDocument(fs, join(building, "batch.json"), batch);
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

/** Replaces the timestamp; never by an older one, nor by another of the same version. */
async function publishTimestamp(fs: FileSystem, path: string, bytes: Buffer): Promise<void> {
  const there = await readFileIfExists(fs, path, limits.timestampBytes);
  if (there !== undefined && !sameBytes(there, bytes)) {
    const version = (from: Buffer) =>
      parseTimestamp(parseEnvelope(from, limits.timestampBytes).signed).version;
    if (version(there) >= version(bytes)) {
      const message = "The outbox holds a publication that is older than what is published.";
      throw new VouchsafeError("repository.incomplete", message);
    }
  }
  await writeFileDurable(fs, path, bytes, { mode: modes.servedFile });
}

async function deliverMetadata(publisher: Publisher, batch: Batch): Promise<void> {
  const { fs, layout } = publisher;
  for (const { name, sha256: wanted } of batch.metadata) {
    const source = join(readyDir(publisher), name);
    const bytes = await readFileBounded(fs, source, limits.targetsBytes);
    if (sha256(bytes) !== wanted) {
      throw new VouchsafeError("repository.incomplete", `${source} was changed in the outbox.`);
    }
    const path = metadataPath(layout.repository, name);
    await (name === timestampName ? publishTimestamp : publishVersion)(fs, path, bytes);
  }
}

async function closeProposals(publisher: Publisher, batch: Batch): Promise<void> {
  for (const { database, digest: wanted } of batch.proposals) {
    const documents = await readRoleBytes(publisher, placeOf(publisher, database), database);
    if (documents !== undefined && digestOf(documents) === wanted) {
      await discardProposal(publisher, database);
    }
  }
}

/**
 * Delivers the batch that is in the outbox, if there is one: files, metadata, then the timestamp.
 * @returns what it was
 * @throws VouchsafeError proposal.changed, repository.incomplete, disk.*
 */
export async function deliverOutbox(publisher: Publisher): Promise<Batch | undefined> {
  const { fs, layout } = publisher;
  await sweep(publisher);
  await sweepProposals(publisher);
  if (!(await isPending(publisher))) return undefined;
  const path = join(readyDir(publisher), "batch.json");
  const bytes = await readFileBounded(fs, path, maxBatchBytes);
  const batch = readDocument(bytes, maxBatchBytes, path, batchSchema);
  const total = batch.files.reduce((sum, { length }) => sum + length, 0);
  const bar = publisher.progress("publishing");
  let done = 0;
  for (const { from, to, replaces, ...wanted } of batch.files) {
    publisher.signal.throwIfAborted();
    const target = join(layout.repository, to);
    const served = { file: modes.servedFile, dir: modes.servedDir };
    await copyInto(fs, join(layout.dir, from), target, wanted, served, replaces);
    done += wanted.length;
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
