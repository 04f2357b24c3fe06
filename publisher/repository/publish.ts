/** Publishing every proposal that has its approvals, all of them in one snapshot. */
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { encodeEnvelope, parseEnvelope } from "../../protocol/tuf/envelope.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { checkExpiry } from "../../protocol/tuf/trusted-set.ts";
import { verifyEnvelope } from "../../protocol/tuf/verify.ts";
import type { OpenRole } from "../keys/role-signers.ts";
import { checkFiles } from "../proposal/check-files.ts";
import { openProposals } from "../proposal/place.ts";
import { type Proposal, readProposal } from "../proposal/stored.ts";
import { type Publisher, withLock } from "../workspace/publisher.ts";
import { type Changes, type Issued, issueSnapshot } from "./issue.ts";
import type { MetadataFile } from "./next-metadata.ts";
import { deliverOutbox } from "./outbox.ts";
import { databaseNamed, type Published, readPublished } from "./published.ts";
import type { Database } from "./read-database.ts";

/** A release that was published. */
export interface PublishedRef {
  readonly name: string;
  readonly version: number;
  readonly label: string;
  /** SHA-256 of the role's metadata. */
  readonly digest: Sha256;
}

/** A proposal that stays open. */
export interface Waiting {
  readonly name: string;
  readonly version: number;
  readonly approvals: number;
  readonly threshold: number;
  /** Approvals that do not count any more, because the proposal was changed after them. */
  readonly voided: number;
}

/** What a publication did. */
export interface PublishOutcome extends Issued {
  /** Whether an unfinished publication was finished. */
  readonly resumed: boolean;
  readonly databases: readonly PublishedRef[];
  readonly waiting: readonly Waiting[];
}

function waitingOf({ database, release, approvals, voided }: Proposal): Waiting {
  const { threshold } = database.signers;
  const { version } = release;
  const counted = approvals.length;
  return { name: database.name, version, approvals: counted, threshold, voided: voided.length };
}

/** One sentence on why a proposal is not published. */
export function waitingSentence({ name, approvals, threshold, voided }: Waiting): string {
  const count = `${name} has ${approvals} of ${threshold} approvals`;
  if (voided === 0) return `${count}.`;
  return `${count}; ${voided} more are void, for the proposal was changed after them.`;
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

async function readProposals(publisher: Publisher, published: Published): Promise<Proposal[]> {
  const proposals: Proposal[] = [];
  for (const database of await openProposals(publisher, published.databases)) {
    proposals.push(await readProposal(publisher, database));
  }
  return proposals;
}

/**
 * Finishes an unfinished publication, then publishes all approved proposals. Opens the snapshot
 * and timestamp keys, and only if there is something to sign.
 * @throws VouchsafeError proposal.approvals when proposals are open and none is approved;
 *   proposal.changed when a file or role is not what was proposed; trust.*; key.*, secret.unavailable, repository.incomplete,
 *   busy.locked, disk.*
 */
export function publish(publisher: Publisher, open: OpenRole): Promise<PublishOutcome> {
  return withLock(publisher, async () => {
    const delivered = await deliverOutbox(publisher);
    const published = await readPublished(publisher);
    const resumed = delivered !== undefined;
    const earlier = (delivered?.proposals ?? []).flatMap(({ database }) =>
      refOf(databaseNamed(published, database)),
    );
    const proposals = await readProposals(publisher, published);
    const isApproved = ({ approvals, database }: Proposal): boolean =>
      approvals.length >= database.signers.threshold;
    const waiting = proposals.filter((proposal) => !isApproved(proposal)).map(waitingOf);
    const ready: Ready[] = [];
    for (const proposal of proposals.filter(isApproved)) {
      ready.push(await prepare(publisher, proposal));
    }
    if (ready.length === 0) {
      if (!resumed && waiting.length > 0) {
        throw new VouchsafeError("proposal.approvals", waiting.map(waitingSentence).join(" "));
      }
      const snapshotVersion = published.snapshot.version;
      const timestampVersion = published.timestamp.version;
      return { resumed, databases: earlier, waiting, snapshotVersion, timestampVersion };
    }
    const issued = await issueSnapshot(publisher, published, open, {
      roles: ready.flatMap(({ changes }) => changes.roles),
      files: ready.flatMap(({ changes }) => changes.files),
      proposals: ready.flatMap(({ changes }) => changes.proposals),
    });
    const databases = [...earlier, ...ready.map(({ ref }) => ref)];
    return { ...issued, resumed, databases, waiting };
  });
}
