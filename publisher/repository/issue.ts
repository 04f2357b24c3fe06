/** From changed roles to clients: one new snapshot and timestamp, made once, through the outbox. */

import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { formatUtc } from "../../protocol/tuf/fields.ts";
import { makeSibling, siblingPath } from "../../protocol/tuf/sibling.ts";
import { signEnvelope } from "../../protocol/tuf/sign.ts";
import type { OpenRole } from "../keys/role-signers.ts";
import type { Publisher } from "../workspace/publisher.ts";
import { expiryOf } from "../workspace/settings.ts";
import {
  checkSize,
  fileName,
  type MetadataFile,
  metaFileOf,
  nextSnapshot,
  nextTimestamp,
} from "./next-metadata.ts";
import { deliverOutbox, type FilesToCopy, type FinishedProposals, fillOutbox } from "./outbox.ts";
import type { Published } from "./published.ts";

/** Versions that clients see afterwards. */
export interface Issued {
  readonly snapshotVersion: number;
  readonly timestampVersion: number;
}

/** What changes: finished roles, the files behind them, the proposals that they came from. */
export interface Changes {
  readonly roles: readonly MetadataFile[];
  readonly files: FilesToCopy;
  readonly proposals: FinishedProposals;
  /** A new root. */
  readonly root?: MetadataFile;
  /**
   * Whether clients that do not know the new root yet can verify all of it, so that the root may
   * come last and nobody ever sees one without what it asks for. Else it comes right before the
   * timestamp.
   */
  readonly rootLast?: boolean;
}

async function signedTimestamp(
  publisher: Publisher,
  published: Published,
  open: OpenRole,
  snapshot: Published["timestamp"]["snapshot"],
): Promise<MetadataFile> {
  const now = publisher.clock.now();
  const expires = expiryOf(publisher.settings, "timestamp", now);
  const created = formatUtc(now.getTime());
  const timestamp = nextTimestamp(published.timestamp.version, snapshot, expires, created);
  const signers = await open(published.root, "timestamp");
  const bytes = await signEnvelope(encodeSigned(timestamp), signers);
  checkSize("timestamp", "The timestamp", bytes.length);
  return { role: "timestamp", version: timestamp.version, bytes };
}

/** A metadata file and its compressed sibling, by their names. */
function withSibling(file: MetadataFile): readonly (readonly [string, Buffer])[] {
  const sibling = makeSibling(file.bytes);
  const plain = [fileName(file), file.bytes] as const;
  return sibling === undefined ? [plain] : [plain, [siblingPath(fileName(file)), sibling] as const];
}

/**
 * Publishes changed roles under one new snapshot.
 * @throws VouchsafeError key.*, secret.unavailable, usage.input (too large), disk.*
 */
export async function issueSnapshot(
  publisher: Publisher,
  published: Published,
  open: OpenRole,
  changes: Changes,
): Promise<Issued> {
  for (const { role, bytes } of changes.roles) checkSize("targets", role, bytes.length);
  const expires = expiryOf(publisher.settings, "snapshot", publisher.clock.now());
  const snapshot = nextSnapshot(published.snapshot, changes.roles, expires);
  const signers = await open(published.root, "snapshot");
  const file: MetadataFile = {
    role: "snapshot",
    version: snapshot.version,
    bytes: await signEnvelope(encodeSigned(snapshot), signers),
  };
  checkSize("snapshot", "The snapshot", file.bytes.length);
  const timestamp = await signedTimestamp(publisher, published, open, metaFileOf(file));
  const versioned = [...changes.roles, file];
  const metadata = new Map(versioned.flatMap(withSibling));
  const { files, proposals, root, rootLast = false } = changes;
  if (root !== undefined && !rootLast) metadata.set(fileName(root), root.bytes);
  metadata.set("timestamp.json", timestamp.bytes);
  if (root !== undefined && rootLast) metadata.set(fileName(root), root.bytes);
  await fillOutbox(publisher, { files, proposals, metadata });
  await deliverOutbox(publisher);
  return { snapshotVersion: snapshot.version, timestampVersion: timestamp.version };
}

/** Publishes a new timestamp for the snapshot that is published. Throws as issueSnapshot. */
export async function issueTimestamp(
  publisher: Publisher,
  published: Published,
  open: OpenRole,
): Promise<Issued> {
  const timestamp = await signedTimestamp(publisher, published, open, published.timestamp.snapshot);
  const metadata = new Map([["timestamp.json", timestamp.bytes]]);
  await fillOutbox(publisher, { files: [], proposals: [], metadata });
  await deliverOutbox(publisher);
  return { snapshotVersion: published.snapshot.version, timestampVersion: timestamp.version };
}
