/** Which of the open proposals the next publication takes, and why the others wait. */
import { VouchsafeError } from "../../protocol/errors.ts";
import { openProposals } from "../proposal/place.ts";
import { type Proposal, readProposal } from "../proposal/stored.ts";
import type { Publisher } from "../workspace/publisher.ts";
import type { Database } from "./read-database.ts";
import type { NextTargets, SignedTargets, Upcoming } from "./upcoming.ts";

/** A proposal that stays open. */
export interface Waiting {
  readonly name: string;
  readonly version: number;
  readonly approvals: number;
  readonly threshold: number;
  /** Approvals that do not count any more, because the proposal was changed after them. */
  readonly voided: number;
  /** Databases whose keys change at the same moment and that have no approved proposal yet. */
  readonly heldBy: readonly string[];
}

/** What gets published. */
export interface PublicationPlan {
  readonly approved: readonly Proposal[];
  /** The change of keys, once every database that it is for has a release under the new ones. */
  readonly rotation?: SignedTargets;
  readonly waiting: readonly Waiting[];
  /** Proposals that can only be withdrawn. */
  readonly stale: readonly VouchsafeError[];
  /** Sentences on what else is in the way: keys that change, and proposals to withdraw. */
  readonly notes: readonly string[];
}

function waitingOf(
  { database, release, approvals, voided }: Proposal,
  holders: readonly string[],
): Waiting {
  return {
    name: database.name,
    version: release.version,
    approvals: approvals.length,
    threshold: database.signers.threshold,
    voided: voided.length,
    heldBy: database.rotation === undefined ? [] : holders.filter((name) => name !== database.name),
  };
}

/** One sentence on why a proposal is not published. */
export function waitingSentence({ name, approvals, threshold, voided, heldBy }: Waiting): string {
  const count = `${name} has ${approvals} of ${threshold} approvals`;
  if (approvals >= threshold && heldBy.length > 0) {
    return `${count}; its keys change together with those of ${heldBy.join(", ")}, which has not.`;
  }
  if (voided === 0) return `${count}.`;
  return `${count}; ${voided} more are void, for the proposal was changed after them.`;
}

const isApproved = ({ approvals, database }: Proposal): boolean =>
  approvals.length >= database.signers.threshold;

/** The databases for which new keys would leave clients without a release that verifies. */
function holdersOf(
  { next, databases }: Upcoming,
  open: readonly Database[],
  proposals: readonly Proposal[],
): readonly string[] {
  if (next.kind !== "signed") return [];
  const approved = new Set(proposals.filter(isApproved).map(({ database }) => database.name));
  const isOpen = (name: string) => open.some((database) => database.name === name);
  return next.rotations
    .map(({ database }) => database)
    .filter((name) => databases.get(name)?.release !== undefined || isOpen(name))
    .filter((name) => !approved.has(name));
}

function notesOf(
  next: NextTargets,
  open: readonly Database[],
  holders: readonly string[],
): readonly string[] {
  if (next.kind === "void") return [next.why];
  return holders
    .filter((name) => !open.some((database) => database.name === name))
    .map((name) => `The keys of ${name} change with its next release, which nobody proposed yet.`);
}

/**
 * Reads all open proposals and plans.
 * @throws VouchsafeError trust.*, proposal.changed, names.invalid when one is not what it should
 *   be; disk.*
 */
export async function planPublication(
  publisher: Publisher,
  upcoming: Upcoming,
): Promise<PublicationPlan> {
  const open = await openProposals(publisher, upcoming.databases);
  const proposals: Proposal[] = [];
  const stale: VouchsafeError[] = [];
  for (const database of open) {
    try {
      proposals.push(await readProposal(publisher, database));
    } catch (error) {
      if (!(error instanceof VouchsafeError) || error.code !== "proposal.stale") throw error;
      stale.push(error);
    }
  }
  const { next } = upcoming;
  const holders = holdersOf(upcoming, open, proposals);
  const goes = (proposal: Proposal): boolean =>
    isApproved(proposal) && (proposal.database.rotation === undefined || holders.length === 0);
  const plan = {
    approved: proposals.filter(goes),
    waiting: proposals
      .filter((proposal) => !goes(proposal))
      .map((proposal) => waitingOf(proposal, holders)),
    stale,
    notes: [...notesOf(next, open, holders), ...stale.map(({ message }) => message)],
  };
  const rotates = next.kind === "signed" && holders.length === 0;
  return rotates ? { ...plan, rotation: next } : plan;
}
