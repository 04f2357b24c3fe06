/** Which documents a release consists of, and whether clients would take them all. */
import { canonicalText } from "../../protocol/canonical.ts";
import { binNames } from "../../protocol/release/bins.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import type { Snapshot, Targets } from "../../protocol/tuf/types.ts";
import { checkSize, nextSnapshot } from "../repository/next-metadata.ts";
import type { Database } from "../repository/read-database.ts";
import { isHalfOver } from "../repository/refresh.ts";
import type { Publisher } from "../workspace/publisher.ts";
import type { RoleBytes } from "./documents.ts";
import { documentOf, spreadRole } from "./role.ts";

/** A signature in an envelope, and the envelope around it, take less than this many bytes. */
const signatureBytes = 400;
/** Files from which on a list that is signed and sent as a whole becomes a burden. */
const manyFiles = 500;
/** Files that a bin may well have. */
const filesPerBin = 150;

/**
 * The documents of a release, the database's own role first, then the bins that change. A bin
 * that does not change is signed again once half of its life is over.
 *
 * @param whole the role as it would be without bins
 */
export function documentsOf(
  { settings, clock }: Publisher,
  { name, bins, signers, release }: Database,
  whole: Targets,
): readonly RoleBytes[] {
  if (bins === undefined) return [{ role: name, bytes: documentOf(whole) }];
  const spread = spreadRole(whole, {
    delegations: bins.delegations,
    names: binNames(name, { ...whole, targets: new Map(), delegations: bins.delegations }, signers),
    published: release?.bins ?? new Map(),
    isOld: (expires) => isHalfOver(expires, settings.expiryDays.database, clock.now()),
  });
  const changed = Array.from(spread.bins, ([role, bin]) => ({ role, bytes: documentOf(bin) }));
  const sorted = changed.toSorted((a, b) => (a.role < b.role ? -1 : 1));
  return [{ role: name, bytes: documentOf(spread.own) }, ...sorted];
}

/**
 * Refuses a proposal that could not be published: clients stop at a size of each document and of
 * the snapshot that lists them.
 * @throws VouchsafeError usage.input
 */
export function checkSizes(
  snapshot: Snapshot,
  { signers }: Database,
  version: number,
  documents: readonly RoleBytes[],
): void {
  const signatures = signers.keyIds.length * signatureBytes;
  for (const { role, bytes } of documents) {
    checkSize("targets", `The role ${role}`, bytes.length + signatures);
  }
  const changed = documents.map((document) => ({ ...document, version }));
  const next = nextSnapshot(snapshot, changed, snapshot.expires);
  const length = canonicalText(encodeSigned(next)).length + signatureBytes;
  checkSize("snapshot", "The snapshot", length);
}

/** How many bins a database of so many files should have been made with; undefined for few. */
export function suggestedBins(files: number): number | undefined {
  if (files <= manyFiles) return undefined;
  return 2 ** Math.ceil(Math.log2(files / filesPerBin));
}
