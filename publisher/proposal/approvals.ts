/** Approvals of a proposal: one person's signatures over all of its documents, in one file. */
import { join } from "node:path";
import { z } from "zod";
import { makeDirDurable, readFileBounded } from "../../host/durable.ts";
import { isSha256, type Sha256 } from "../../protocol/bytes.ts";
import { type Verifier, verifierOf } from "../../protocol/tuf/keys.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import type { Database } from "../repository/read-database.ts";
import { modes } from "../workspace/layout.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";
import { readDocument } from "../workspace/read-document.ts";
import { writeDocument } from "../workspace/settings.ts";
import type { ProposalPlace } from "./place.ts";

/** What a signature is over, and for which role. */
export interface ToSign {
  readonly role: string;
  /** The canonical form of the signed part. */
  readonly message: Buffer;
}

/** The signatures of one person's approval, in hex by role. */
export interface GivenSignatures {
  readonly keyId: string;
  readonly sigs: ReadonlyMap<string, string>;
}

/** An approval that counts: a good signature over every document. */
export interface Approval extends GivenSignatures {
  /** SHA-256 of the key's material: who it is, whatever the key id. */
  readonly material: string;
}

const approvalSchema = z.strictObject({
  format: z.literal(1),
  keyId: z.string().max(limits.nameLength),
  /** Over the database's own role. */
  sig: z.string().max(limits.publicKeyLength),
  /** Over each bin that changes. */
  bins: z
    .record(z.string().max(limits.nameLength), z.string().max(limits.publicKeyLength))
    .optional(),
  /** Digest of the proposal that was approved. */
  proposal: z.string().refine(isSha256),
});

/** 4,096 bins with an RSA signature each. */
const maxApprovalBytes = 8 * 1024 * 1024;
const maxApprovals = 256;

/** The approvals as they lie on disk; none of them counts before it was judged. */
export async function readApprovals(
  { fs }: Publisher,
  place: ProposalPlace,
  database: string,
): Promise<GivenSignatures[]> {
  if (!(await exists(fs, place.approvals))) return [];
  const names = (await fs.readdir(place.approvals)).filter((name) => /^[^.].*\.json$/.test(name));
  const found: GivenSignatures[] = [];
  for (const name of names.toSorted().slice(0, maxApprovals)) {
    const path = join(place.approvals, name);
    const bytes = await readFileBounded(fs, path, maxApprovalBytes);
    const { keyId, sig, bins } = readDocument(bytes, maxApprovalBytes, path, approvalSchema);
    found.push({ keyId, sigs: new Map([[database, sig], ...Object.entries(bins ?? {})]) });
  }
  return found;
}

/**
 * Whether a key signed all documents. Bins are checked by node:crypto alone here; `publish` checks
 * every signature by the clients' own, stricter rule once more.
 */
export function signedAll(
  verifier: Verifier,
  documents: readonly ToSign[],
  sigs: ReadonlyMap<string, string>,
): boolean {
  return documents.every(({ role, message }, index) =>
    verifier.verify(message, sigs.get(role) ?? "", index === 0 ? "both" : "native"),
  );
}

/** Splits approvals into those that count, one for each key, and those that do not. */
export function judgeApprovals(
  documents: readonly ToSign[],
  { signers }: Pick<Database, "signers">,
  given: readonly GivenSignatures[],
): { readonly approvals: readonly Approval[]; readonly voided: readonly string[] } {
  const approvals = new Map<string, Approval>();
  const voided: string[] = [];
  for (const { keyId, sigs } of given) {
    const key = signers.keyIds.includes(keyId) ? signers.keys.get(keyId) : undefined;
    const verifier = key === undefined ? undefined : verifierOf(key);
    if (verifier === undefined || !signedAll(verifier, documents, sigs)) voided.push(keyId);
    else if (!approvals.has(verifier.material)) {
      approvals.set(verifier.material, { keyId, sigs, material: verifier.material });
    }
  }
  return { approvals: [...approvals.values()], voided };
}

/** Keeps an approval. */
export async function writeApproval(
  { fs }: Publisher,
  place: ProposalPlace,
  proposal: Sha256,
  database: string,
  { keyId, sigs }: GivenSignatures,
): Promise<void> {
  await makeDirDurable(fs, place.approvals, modes.workDir);
  const bins = new Map(sigs);
  bins.delete(database);
  await writeDocument(fs, join(place.approvals, `${keyId}.json`), {
    format: 1,
    keyId,
    sig: sigs.get(database) ?? "",
    ...(bins.size === 0 ? {} : { bins: Object.fromEntries(bins) }),
    proposal,
  });
}
