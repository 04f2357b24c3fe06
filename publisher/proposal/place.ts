/** Where a proposal lies: proposals/DATABASE/, whole, so that it can travel as one folder. */
import { join } from "node:path";
import { removeTree } from "../../host/durable.ts";
import { exists, type Publisher } from "../workspace/publisher.ts";

/** Paths of one proposal. */
export interface ProposalPlace {
  readonly dir: string;
  /** What it is: format, database, version. */
  readonly about: string;
  /** The exact bytes that get signed: the database's own role. */
  readonly role: string;
  /** Those of each bin that changes, `NAME.json`. */
  readonly bins: string;
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
    bins: join(dir, "bins"),
    staged: dir,
    approvals: join(dir, "approvals"),
  };
}

/** The place of a database's open proposal. */
export function placeOf(publisher: Publisher, database: string): ProposalPlace {
  return placeIn(join(publisher.layout.proposals, database));
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
