/** Where a proposal lies: proposals/DATABASE/, whole, so that it can travel as one folder. */
import { join } from "node:path";
import { readFileIfExists, removeTree } from "../../host/durable.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { limits } from "../../protocol/tuf/limits.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";

/** Paths of one proposal. */
export interface ProposalPlace {
  readonly dir: string;
  /** What it is: format, database, version. */
  readonly about: string;
  /** The exact bytes that get signed. */
  readonly role: string;
  /** Staged files, laid out as in the repository: `targets/…`. */
  readonly staged: string;
  readonly approvals: string;
}

/** The place of a proposal whose folder is `dir`. */
export function placeIn(dir: string): ProposalPlace {
  return {
    dir,
    about: join(dir, "proposal.json"),
    role: join(dir, "role.json"),
    staged: dir,
    approvals: join(dir, "approvals"),
  };
}

/** The place of a database's open proposal. */
export function placeOf(publisher: Publisher, database: string): ProposalPlace {
  return placeIn(join(publisher.layout.proposals, database));
}

/** The digest of a database's open proposal: sha256 of role.json; undefined if there is none. */
export async function proposalDigest(
  publisher: Publisher,
  database: string,
): Promise<Sha256 | undefined> {
  const path = placeOf(publisher, database).role;
  const bytes = await readFileIfExists(publisher.fs, path, limits.targetsBytes);
  return bytes === undefined ? undefined : sha256(bytes);
}

/** Removes a proposal: out of its place in one step, then piece by piece. */
export async function discardProposal(publisher: Publisher, database: string): Promise<void> {
  const { fs, layout } = publisher;
  const gone = join(layout.proposals, `.${database}.gone`);
  await removeTree(fs, gone);
  await fs.rename(placeOf(publisher, database).dir, gone);
  await fs.syncDir(layout.proposals);
  await removeTree(fs, gone);
}

/** Removes what interrupted calls left of proposals that were discarded or never finished. */
export async function sweepProposals({ fs, layout }: Publisher): Promise<void> {
  for (const name of await fs.readdir(layout.proposals)) {
    if (name.startsWith(".")) await removeTree(fs, join(layout.proposals, name));
  }
}

/** Those of the databases that have an open proposal. */
export async function openProposals<T>(
  { fs, layout }: Publisher,
  databases: ReadonlyMap<string, T>,
): Promise<readonly T[]> {
  if (!(await exists(fs, layout.proposals))) return [];
  const names = (await fs.readdir(layout.proposals)).toSorted();
  return names.flatMap((name) => databases.get(name) ?? []);
}
