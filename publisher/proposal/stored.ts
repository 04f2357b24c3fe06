/** Reading a proposal as it lies on disk: hostile until every rule of a release has been checked. */
import { join } from "node:path";
import { z } from "zod";
import { readFileBounded, readFileIfExists } from "../../host/durable.ts";
import { isSha256, type Sha256, sameBytes, sha256 } from "../../protocol/bytes.ts";
import { canonicalBytes } from "../../protocol/canonical.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { isObject, type JsonObject, parseJson } from "../../protocol/json.ts";
import { checkRelease, type Release } from "../../protocol/release/release-info.ts";
import { roleMatches } from "../../protocol/tuf/delegations.ts";
import type { Signature } from "../../protocol/tuf/envelope.ts";
import { verifierOf } from "../../protocol/tuf/keys.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { parseTargets } from "../../protocol/tuf/parse.ts";
import type { Database } from "../repository/published.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import { readDocument } from "../workspace/read-document.ts";
import { type ProposalPlace, placeOf } from "./place.ts";

/** A signature that a person gave, and whether it still counts. */
export interface Approval extends Signature {
  /** SHA-256 of the key's material: who it is, whatever the key id. */
  readonly material: string;
}

/** An open proposal. */
export interface Proposal {
  readonly place: ProposalPlace;
  readonly database: Database;
  /** The exact bytes to sign, and what they say. */
  readonly bytes: Buffer;
  readonly signed: JsonObject;
  readonly digest: Sha256;
  readonly release: Release;
  readonly expires: string;
  /** Good signatures over those bytes, one a key. */
  readonly approvals: readonly Approval[];
  /** Key ids of approvals that are not good, as when the proposal was changed after them. */
  readonly voided: readonly string[];
}

const aboutSchema = z.strictObject({
  format: z.literal(1),
  database: z.string(),
  version: z.number().int().min(1),
  digest: z.string(),
});

const approvalSchema = z.strictObject({
  format: z.literal(1),
  keyId: z.string().max(limits.nameLength),
  sig: z.string().max(limits.publicKeyLength),
  /** Digest of the proposal that was approved. */
  proposal: z.string().refine(isSha256),
});

const maxDocumentBytes = 64 * 1024;
const maxApprovals = 256;

async function readSignatures(publisher: Publisher, place: ProposalPlace): Promise<Signature[]> {
  const { fs } = publisher;
  if (!(await exists(fs, place.approvals))) return [];
  const names = (await fs.readdir(place.approvals)).filter((name) => /^[^.].*\.json$/.test(name));
  const found: Signature[] = [];
  for (const name of names.toSorted().slice(0, maxApprovals)) {
    const path = join(place.approvals, name);
    const bytes = await readFileBounded(fs, path, maxDocumentBytes);
    const { keyId, sig } = readDocument(bytes, maxDocumentBytes, path, approvalSchema);
    found.push({ keyId, sig });
  }
  return found;
}

/** Splits signatures into those that count, one for each key, and those that do not. */
export function judgeApprovals(
  bytes: Uint8Array,
  { signers }: Pick<Database, "signers">,
  signatures: readonly Signature[],
): { readonly approvals: readonly Approval[]; readonly voided: readonly string[] } {
  const approvals = new Map<string, Approval>();
  const voided: string[] = [];
  for (const { keyId, sig } of signatures) {
    const key = signers.keyIds.includes(keyId) ? signers.keys.get(keyId) : undefined;
    const verifier = key === undefined ? undefined : verifierOf(key);
    if (verifier?.verify(bytes, sig, "both") !== true) voided.push(keyId);
    else if (!approvals.has(verifier.material)) {
      approvals.set(verifier.material, { keyId, sig, material: verifier.material });
    }
  }
  return { approvals: [...approvals.values()], voided };
}

function parseRole(bytes: Buffer, path: string): JsonObject {
  const signed = parseJson(bytes, limits.targetsBytes);
  if (isObject(signed) && sameBytes(canonicalBytes(signed), bytes)) return signed;
  throw new VouchsafeError("trust.format", `${path} is not what "propose" wrote.`);
}

async function checkAbout(
  publisher: Publisher,
  place: ProposalPlace,
  name: string,
  digest: Sha256,
): Promise<void> {
  const bytes = await readFileBounded(publisher.fs, place.about, maxDocumentBytes);
  const about = readDocument(bytes, maxDocumentBytes, place.about, aboutSchema);
  if (about.database !== name) {
    const message = `${place.about} belongs to the database ${about.database.slice(0, 60)}.`;
    throw new VouchsafeError("proposal.stale", message);
  }
  if (about.digest === digest) return;
  const message = `The proposal of ${name} was changed after it was written: its approvals are void.`;
  throw new VouchsafeError("proposal.changed", message);
}

/**
 * Reads and checks the open proposal of a database.
 * @throws VouchsafeError state.missing when there is none; trust.*, proposal.stale, names.invalid
 *   when it is not one that could be published; disk.*
 */
export async function readProposal(publisher: Publisher, database: Database): Promise<Proposal> {
  const place = placeOf(publisher, database.name);
  const bytes = await readFileIfExists(publisher.fs, place.role, limits.targetsBytes);
  if (bytes === undefined) {
    throw new VouchsafeError("state.missing", `${database.name} has no open proposal.`);
  }
  const digest = sha256(bytes);
  await checkAbout(publisher, place, database.name, digest);
  const signed = parseRole(bytes, place.role);
  const role = parseTargets(signed);
  const release = checkRelease(database.name, publisher.settings.repository, role);
  const published = database.release?.version ?? 0;
  if (release.version <= published) {
    const message = `The proposal is version ${release.version}; ${published} is published.`;
    throw new VouchsafeError("proposal.stale", message);
  }
  if (![...role.targets.keys()].every((path) => roleMatches(database.role, path))) {
    const message = `The proposal names a file that ${database.name} may not have.`;
    throw new VouchsafeError("trust.release", message);
  }
  const signatures = await readSignatures(publisher, place);
  const { expires } = role;
  const judged = judgeApprovals(bytes, database, signatures);
  return { place, database, bytes, signed, digest, release, expires, ...judged };
}
