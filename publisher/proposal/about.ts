/** `proposal.json`: what a proposal is of, and which keys it was made for. */
import { z } from "zod";
import { readFileBounded } from "../../host/durable.ts";
import type { Sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { Database } from "../repository/read-database.ts";
import type { Publisher } from "../workspace/publisher.ts";
import { readDocument } from "../workspace/read-document.ts";
import { writeDocument } from "../workspace/settings.ts";
import type { ProposalPlace } from "./place.ts";

const schema = z.strictObject({
  format: z.literal(1),
  database: z.string(),
  version: z.number().int().min(1),
  digest: z.string(),
  /** Digest of the keys and threshold that come with it; absent where they stay as they are. */
  delegation: z.string().optional(),
});

const maxBytes = 64 * 1024;

/** Writes it for a new proposal. */
export async function writeAbout(
  { fs }: Publisher,
  place: ProposalPlace,
  { name, rotation }: Database,
  version: number,
  digest: Sha256,
): Promise<void> {
  await writeDocument(fs, place.about, {
    format: 1,
    database: name,
    version,
    digest,
    ...(rotation === undefined ? {} : { delegation: rotation.digest }),
  });
}

/**
 * Checks that a proposal is of this database, as it was written, and made for the keys that its
 * next release is judged by.
 * @throws VouchsafeError proposal.stale, proposal.changed, repository.incomplete, disk.*
 */
export async function checkAbout(
  { fs }: Publisher,
  place: ProposalPlace,
  { name, rotation }: Database,
  digest: Sha256,
): Promise<void> {
  const bytes = await readFileBounded(fs, place.about, maxBytes);
  const about = readDocument(bytes, maxBytes, place.about, schema);
  if (about.database !== name) {
    const message = `${place.about} belongs to the database ${about.database.slice(0, 60)}.`;
    throw new VouchsafeError("proposal.stale", message);
  }
  if (about.digest !== digest) {
    const message = `The proposal of ${name} was changed after it was written: its approvals are void.`;
    throw new VouchsafeError("proposal.changed", message);
  }
  if (about.delegation === rotation?.digest) return;
  const message =
    `The proposal of ${name} was made for other keys than those that its next release needs: ` +
    "its approvals are void. Withdraw it and propose again.";
  throw new VouchsafeError("proposal.stale", message);
}
