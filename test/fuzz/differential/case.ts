/** One case: a repository, what happened to it, what the client had seen, and what it looks for. */
import * as fc from "fast-check";
import { build, honest } from "./build.ts";
import { type Outcome, ourClient, tufJsClient } from "./clients.ts";
import { hooksOf, served } from "./falsify.ts";
import { type Mutation, mutation, type Place } from "./mutations.ts";
import { pathOf, rolesOnTheWay } from "./plan.ts";
import { type RepositorySpec, repositorySpec } from "./spec.ts";

/** A case, as small data. */
export interface Case {
  readonly spec: RepositorySpec;
  readonly mutations: readonly Mutation[];
  /** How many publications before the last the client last came by; 0 is never. */
  readonly seen: number;
  readonly look: { readonly database: number; readonly file: number; readonly odd?: string };
}

/** Paths that are in no repository, or only by mistake. */
const oddPaths = [
  "daily/missing.txt",
  "constructor",
  "__proto__",
  "daily/constructor",
  "daily/.hidden",
  "",
];

/** Any case; about one in six is honest. */
export const anyCase: fc.Arbitrary<Case> = fc.record({
  spec: repositorySpec,
  mutations: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 4, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(mutation, { minLength: 2, maxLength: 2 }) },
  ),
  seen: fc.constantFrom(0, 0, 1, 1, 2, 3),
  look: fc
    .record(
      {
        database: fc.nat(2),
        file: fc.nat(2),
        odd: fc.constantFrom(...oddPaths),
      },
      { requiredKeys: ["database", "file"] },
    )
    .map((look) =>
      look.file > 0 && "odd" in look ? { database: look.database, file: look.file } : look,
    ),
});

/** A path that exists in every publication. */
function usualPath({ spec, look }: Case): string {
  const index = look.database % spec.databases.length;
  const database = spec.databases[index];
  if (database === undefined) return "";
  return pathOf(index, look.file % database.files, database.layout);
}

/** The path that a case looks for. */
export const pathOfCase = (one: Case): string => one.look.odd ?? usualPath(one);

/** What both clients made of a case. */
export interface Verdict {
  readonly ours: Outcome;
  readonly theirs: Outcome;
  /** Whether both accepted the earlier publication, if there was one. */
  readonly earlier: readonly [Outcome, Outcome] | undefined;
}

/** Runs a case with both clients. */
export async function runCase(one: Case): Promise<Verdict> {
  const now = Math.floor(Date.now() / 1000) * 1000;
  const path = pathOfCase(one);
  const usual = usualPath(one);
  const [database = "", part = database] = rolesOnTheWay(one.spec, path);
  const resolve = (place: Place) =>
    place === "database" ? database : place === "part" ? part : place;
  const hooks = one.mutations.length === 0 ? honest : hooksOf(one.mutations, resolve, now);
  const { bootstrap, publications } = await build(one.spec, now, hooks);
  const before = one.seen === 0 ? undefined : publications.slice(0, -1).at(-one.seen);
  const files = served(publications, one.mutations, resolve);
  const ours = ourClient(bootstrap, now);
  const theirs = tufJsClient(bootstrap);
  try {
    const earlier =
      before === undefined
        ? undefined
        : ([await ours.check(before, usual), await theirs.check(before, usual)] as const);
    return {
      earlier,
      ours: await ours.check(files, path),
      theirs: await theirs.check(files, path),
    };
  } finally {
    theirs.close();
  }
}
