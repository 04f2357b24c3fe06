/** Reading a proposal as it lies on disk: hostile until every rule of a release has been checked. */
import type { Sha256 } from "../../protocol/bytes.ts";
import { canonicalBytes, canonicalText } from "../../protocol/canonical.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { Release } from "../../protocol/release/release-info.ts";
import { delegationMatcher } from "../../protocol/tuf/delegations.ts";
import { encodeSigned } from "../../protocol/tuf/encode.ts";
import { parseTargets } from "../../protocol/tuf/parse.ts";
import type { Delegations, Targets } from "../../protocol/tuf/types.ts";
import { checkWhole, type Database } from "../repository/read-database.ts";
import type { Publisher } from "../workspace/publisher.ts";
import { checkAbout } from "./about.ts";
import { type Approval, judgeApprovals, readApprovals, type ToSign } from "./approvals.ts";
import { digestOf, parseSigned, type RoleBytes, readRoleBytes } from "./documents.ts";
import { type ProposalPlace, placeOf } from "./place.ts";

/** One document of a proposal. */
export interface ProposedRole extends RoleBytes, ToSign {
  readonly signed: JsonObject;
  readonly targets: Targets;
}

/** An open proposal. */
export interface Proposal {
  readonly place: ProposalPlace;
  readonly database: Database;
  /** What gets signed: the database's own role, then each bin that changes. */
  readonly documents: readonly ProposedRole[];
  readonly digest: Sha256;
  readonly release: Release;
  /** When the first of its documents, or of the bins that stay as they are, expires. */
  readonly expires: string;
  /** One a key. */
  readonly approvals: readonly Approval[];
  /** Key ids of approvals that are not good, as when the proposal was changed after them. */
  readonly voided: readonly string[];
}

const delegationsText = (role: Targets, delegations: Delegations | undefined): string =>
  delegations === undefined ? "" : canonicalText(encodeSigned({ ...role, delegations }));

/** The bins of the proposed release: those that it changes, and the published ones that stay. */
function binsOf(
  { name, release, bins }: Database,
  [own, ...changed]: readonly ProposedRole[],
): ReadonlyMap<string, Targets> {
  if (own === undefined) throw new Error("a proposal has the database's own role");
  if (
    delegationsText(own.targets, own.targets.delegations) !==
    delegationsText(own.targets, bins?.delegations)
  ) {
    const message = `The proposal does not spread ${name} over the bins that it has for life.`;
    throw new VouchsafeError("trust.release", message);
  }
  const { version } = own.targets;
  const other = changed.find(({ targets }) => targets.version !== version);
  if (other !== undefined) {
    const message = `The bin ${other.role} has another version than the proposal.`;
    throw new VouchsafeError("trust.release", message);
  }
  return new Map([
    ...(release?.bins ?? []),
    ...changed.map(({ role, targets }) => [role, targets] as const),
  ]);
}

/**
 * Reads and checks the open proposal of a database.
 * @throws VouchsafeError state.missing when there is none; trust.*, proposal.stale, names.invalid
 *   when it is not one that could be published; disk.*
 */
export async function readProposal(publisher: Publisher, database: Database): Promise<Proposal> {
  const { name } = database;
  const place = placeOf(publisher, name);
  const files = await readRoleBytes(publisher, place, name);
  if (files === undefined) {
    throw new VouchsafeError("state.missing", `${name} has no open proposal.`);
  }
  const digest = digestOf(files);
  await checkAbout(publisher, place, database, digest);
  const documents = files.map((file): ProposedRole => {
    const signed = parseSigned(file);
    const message = canonicalBytes(signed);
    return { ...file, signed, message, targets: parseTargets(signed) };
  });
  const [own] = documents;
  if (own === undefined) throw new Error("readRoleBytes gives the database's own role");
  const bins = binsOf(database, documents);
  const { repository } = publisher.settings;
  const { expires, ...release } = checkWhole(database, repository, own.targets, bins);
  const published = database.release?.version ?? 0;
  if (release.version <= published) {
    const message = `The proposal is version ${release.version}; ${published} is published.`;
    throw new VouchsafeError("proposal.stale", message);
  }
  const rolesOf = delegationMatcher({ keys: new Map(), roles: [database.role] });
  if (!release.files.every(({ path }) => rolesOf(`${name}/${path}`).length > 0)) {
    const message = `The proposal names a file that ${name} may not have.`;
    throw new VouchsafeError("trust.release", message);
  }
  const given = await readApprovals(publisher, place, name);
  const judged = judgeApprovals(documents, database, given);
  return { place, database, documents, digest, release, expires, ...judged };
}
