/**
 * Approving: look at the files again, show an own difference, then one signature over the exact
 * bytes. Looking and signing are two steps, so that nothing is locked while a person thinks.
 */
import { join } from "node:path";
import { VouchsafeError } from "../../protocol/errors.ts";
import { targetLocation } from "../../protocol/release/encodings.ts";
import { type Verifier, verifierOf } from "../../protocol/tuf/keys.ts";
import { checkExpiry } from "../../protocol/tuf/trusted-set.ts";
import type { Key } from "../../protocol/tuf/types.ts";
import { chunksAt } from "../repository/files.ts";
import { checkNothingPending } from "../repository/outbox.ts";
import { databaseNamed } from "../repository/published.ts";
import type { Database } from "../repository/read-database.ts";
import { readUpcoming } from "../repository/upcoming.ts";
import { exists, type Publisher, withLock } from "../workspace/publisher.ts";
import { type GivenSignatures, signedAll, writeApproval } from "./approvals.ts";
import { checkFiles } from "./check-files.ts";
import { diffReleases, type ReleaseDiff, replacedFiles } from "./diff.ts";
import { makeLineCounter } from "./lines.ts";
import { type Proposal, readProposal } from "./stored.ts";

/** What an approver gets to see. */
export interface Review {
  readonly proposal: Proposal;
  readonly diff: ReleaseDiff;
}

/** Lines of the published files that would go, as far as their bytes are still there. */
async function oldLines(
  publisher: Publisher,
  { name, release }: Database,
  proposal: Proposal,
): Promise<ReadonlyMap<string, number | null>> {
  const { fs, layout } = publisher;
  const lines = new Map<string, number | null>();
  for (const { path, sha256 } of replacedFiles(release?.files ?? [], proposal.release.files)) {
    const location = join(layout.repository, targetLocation(`${name}/${path}`, sha256));
    if (!(await exists(fs, location))) continue;
    const counter = makeLineCounter();
    for await (const chunk of chunksAt(fs, location)) counter.add(chunk);
    lines.set(path, counter.lines());
  }
  return lines;
}

/**
 * Checks the open proposal of a database, files included, and compares it with what is published.
 * @throws VouchsafeError state.missing, usage.input, trust.*, proposal.*, busy.locked, disk.*
 */
export function reviewProposal(publisher: Publisher, name: string): Promise<Review> {
  return withLock(publisher, async () => {
    await checkNothingPending(publisher);
    const database = databaseNamed(await readUpcoming(publisher), name);
    const proposal = await readProposal(publisher, database);
    checkExpiry({ type: name, expires: proposal.expires }, publisher.clock.now().getTime());
    const { lines } = await checkFiles(publisher, proposal);
    const before = {
      files: database.release?.files ?? [],
      lines: await oldLines(publisher, database, proposal),
    };
    const diff = diffReleases(before, { files: proposal.release.files, lines });
    return { proposal, diff };
  });
}

interface RoleKey {
  readonly key: Key;
  readonly verifier: Verifier;
}

function roleKeys({ signers }: Database): readonly RoleKey[] {
  return signers.keyIds.flatMap((keyId) => {
    const key = signers.keys.get(keyId);
    const verifier = key === undefined ? undefined : verifierOf(key);
    return key === undefined || verifier === undefined ? [] : [{ key, verifier }];
  });
}

/**
 * Throws key.unusable unless the key, known by its material, may approve and has not yet.
 * @returns the key as the role knows it
 */
export function checkMayApprove({ database, approvals }: Proposal, key: Key): Key {
  const material = verifierOf(key)?.material;
  const found = roleKeys(database).find(({ verifier }) => verifier.material === material);
  if (found === undefined) {
    const message = `The key ${key.keyId.slice(0, 12)} may not approve ${database.name}.`;
    throw new VouchsafeError("key.unusable", message);
  }
  if (approvals.some((approval) => approval.material === material)) {
    const message = `The key ${key.keyId.slice(0, 12)} has approved this proposal already.`;
    throw new VouchsafeError("key.unusable", message);
  }
  return found.key;
}

/** The role's key that made all the signatures, or key.unusable. */
function keyOfSignatures({ database, documents }: Proposal, sigs: GivenSignatures["sigs"]): Key {
  const found = roleKeys(database).find(({ verifier }) => signedAll(verifier, documents, sigs));
  if (found !== undefined) return found.key;
  const message = `The signature is not of a key that may approve ${database.name}.`;
  throw new VouchsafeError("key.unusable", message);
}

/** How far a proposal is after an approval. */
export interface Approved {
  readonly keyId: string;
  readonly approvals: number;
  readonly threshold: number;
}

/**
 * Signs the reviewed bytes and keeps the signatures: one for the database's own role and one for
 * each bin that changes.
 * @param sign makes a signature in hex over the bytes it is given; called once for each
 * @throws VouchsafeError proposal.changed when the proposal is not the reviewed one any more;
 *   key.unusable; whatever `sign` throws; busy.locked, disk.*
 */
export async function approve(
  publisher: Publisher,
  { proposal }: Review,
  sign: (bytes: Uint8Array) => string | Promise<string>,
): Promise<Approved> {
  const sigs = new Map<string, string>();
  for (const { role, message } of proposal.documents) sigs.set(role, await sign(message));
  return withLock(publisher, async () => {
    await checkNothingPending(publisher);
    const { name } = proposal.database;
    const database = databaseNamed(await readUpcoming(publisher), name);
    const current = await readProposal(publisher, database);
    if (current.digest !== proposal.digest) {
      const message = `The proposal of ${name} was changed while it was being looked at.`;
      throw new VouchsafeError("proposal.changed", message);
    }
    const { keyId } = checkMayApprove(current, keyOfSignatures(current, sigs));
    await writeApproval(publisher, current.place, current.digest, name, { keyId, sigs });
    const { threshold } = database.signers;
    return { keyId, approvals: current.approvals.length + 1, threshold };
  });
}
