/** Publishing every proposal that has its approvals, all of them in one snapshot. */
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { encodeEnvelope, parseEnvelope } from "../../protocol/tuf/envelope.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { checkExpiry } from "../../protocol/tuf/trusted-set.ts";
import { verifyEnvelope } from "../../protocol/tuf/verify.ts";
import type { OpenRole } from "../keys/role-signers.ts";
import { checkFiles } from "../proposal/check-files.ts";
import type { Proposal } from "../proposal/stored.ts";
import { type Publisher, withLock } from "../workspace/publisher.ts";
import { type Changes, type Issued, issueSnapshot } from "./issue.ts";
import type { MetadataFile } from "./next-metadata.ts";
import { deliverOutbox } from "./outbox.ts";
import { planPublication, type Waiting, waitingSentence } from "./plan-publication.ts";
import type { Database } from "./read-database.ts";
import { readUpcoming, type SignedTargets } from "./upcoming.ts";

/** A release that was published. */
export interface PublishedRef {
  readonly name: string;
  readonly version: number;
  readonly label: string;
  /** SHA-256 of the role's metadata. */
  readonly digest: Sha256;
}

/** What a publication did. */
export interface PublishOutcome extends Issued {
  /** Whether an unfinished publication was finished. */
  readonly resumed: boolean;
  readonly databases: readonly PublishedRef[];
  /** Databases whose releases other keys approve from now on. */
  readonly rotated: readonly string[];
  readonly waiting: readonly Waiting[];
  /** Sentences on what else is in the way. */
  readonly notes: readonly string[];
}

/** The finished roles: the approved bytes and the signatures over them, by the clients' own rule. */
export function finishRoles({ documents, approvals, database, release }: Proposal): MetadataFile[] {
  return documents.map(({ role, signed, message }) => {
    const signatures = approvals.flatMap(({ keyId, sigs }) => {
      const sig = sigs.get(role);
      return sig === undefined ? [] : [{ keyId, sig }];
    });
    const bytes = encodeEnvelope(signed, signatures);
    const parsed = parseEnvelope(bytes, limits.targetsBytes);
    verifyEnvelope(parsed, database.signers, role);
    if (!parsed.signedBytes.equals(message)) throw new Error("the envelope holds other bytes");
    return { role, version: release.version, bytes };
  });
}

function refOf({ name, release }: Database): PublishedRef[] {
  if (release === undefined) return [];
  return [{ name, version: release.version, label: release.info.label, digest: release.digest }];
}

interface Ready {
  readonly ref: PublishedRef;
  readonly changes: Changes;
}

async function prepare(publisher: Publisher, proposal: Proposal): Promise<Ready> {
  const { database, release, expires, digest } = proposal;
  checkExpiry({ type: database.name, expires }, publisher.clock.now().getTime());
  const { toCopy } = await checkFiles(publisher, proposal);
  const roles = finishRoles(proposal);
  const { version, info } = release;
  return {
    ref: { name: database.name, version, label: info.label, digest: sha256(roles[0]?.bytes ?? "") },
    changes: {
      roles,
      files: toCopy,
      proposals: [{ database: database.name, digest }],
    },
  };
}

/** The new keys themselves, as clients learn of them. */
function changesOf({ file, digest }: SignedTargets): Changes {
  return { roles: [file], files: [], proposals: [{ database: file.role, digest }] };
}

/**
 * Finishes an unfinished publication, then publishes all approved proposals, and the keys that
 * change with them. Opens the snapshot and timestamp keys, and only if there is something to sign.
 * @throws VouchsafeError proposal.approvals when proposals are open and none is approved;
 *   proposal.stale when they were made for other keys or an old version;
 *   proposal.changed when a file or role is not what was proposed; trust.*; key.*, secret.unavailable, repository.incomplete,
 *   busy.locked, disk.*
 */
export function publish(publisher: Publisher, open: OpenRole): Promise<PublishOutcome> {
  return withLock(publisher, async () => {
    const delivered = await deliverOutbox(publisher);
    const upcoming = await readUpcoming(publisher);
    const { published } = upcoming;
    const resumed = delivered !== undefined;
    const earlier = (delivered?.proposals ?? []).flatMap(({ database: name }) => {
      const database = published.databases.get(name); // the keys themselves have no release
      return database === undefined ? [] : refOf(database);
    });
    const { approved, rotation, waiting, stale, notes } = await planPublication(
      publisher,
      upcoming,
    );
    const ready: Ready[] = [];
    for (const proposal of approved) ready.push(await prepare(publisher, proposal));
    if (ready.length === 0 && rotation === undefined) {
      if (!resumed) checkNoneWaits(waiting, stale);
      const snapshotVersion = published.snapshot.version;
      const timestampVersion = published.timestamp.version;
      const databases = earlier;
      return { resumed, databases, rotated: [], waiting, notes, snapshotVersion, timestampVersion };
    }
    const changes = [
      ...(rotation === undefined ? [] : [changesOf(rotation)]),
      ...ready.map((one) => one.changes),
    ];
    const issued = await issueSnapshot(publisher, published, open, {
      roles: changes.flatMap(({ roles }) => roles),
      files: changes.flatMap(({ files }) => files),
      proposals: changes.flatMap(({ proposals }) => proposals),
    });
    const databases = [...earlier, ...ready.map(({ ref }) => ref)];
    const rotated = (rotation?.rotations ?? []).map(({ database }) => database);
    return { ...issued, resumed, databases, rotated, waiting, notes };
  });
}

function checkNoneWaits(waiting: readonly Waiting[], [stale]: readonly VouchsafeError[]): void {
  if (stale !== undefined) throw stale;
  if (waiting.length === 0) return;
  throw new VouchsafeError("proposal.approvals", waiting.map(waitingSentence).join(" "));
}
