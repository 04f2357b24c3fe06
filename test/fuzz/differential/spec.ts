/** What a generated repository looks like, as data: small, printable, and shrinkable. */
import * as fc from "fast-check";

/** Which pool keys a role has, and how many of them must sign. */
export interface KeysSpec {
  readonly keys: readonly number[];
  readonly threshold: number;
}

/** How the top level delegates to a database, and the database to its parts. */
export type Layout = "flat" | "nested" | "hashBins" | "succinct";

export interface DatabaseSpec {
  readonly keys: KeysSpec;
  readonly layout: Layout;
  readonly terminating: boolean;
  /** How the top level names the paths: by a pattern with `*`, with `?`, or by hash prefixes. */
  readonly paths: "star" | "question" | "prefixes";
  readonly files: number;
}

/** What changes from one published version to the next. */
export interface PublicationSpec {
  /** Which databases get a new release; the first publication has all of them. */
  readonly releases: readonly boolean[];
  /** Whose keys a new root replaces, if there is a new root. */
  readonly root?: "same" | "root" | "timestamp" | "snapshot" | "targets";
}

export interface RepositorySpec {
  readonly consistent: boolean;
  /** What timestamp and snapshot say of the files they list, beside the version. */
  readonly listing: {
    readonly hashes: "none" | "sha256" | "sha512" | "both";
    readonly length: boolean;
  };
  readonly roles: Readonly<Record<"root" | "timestamp" | "snapshot" | "targets", KeysSpec>>;
  readonly databases: readonly DatabaseSpec[];
  readonly publications: readonly PublicationSpec[];
}

const keysSpec = (max: number): fc.Arbitrary<KeysSpec> =>
  fc
    .uniqueArray(fc.nat(10), { minLength: 1, maxLength: max })
    .chain((keys) =>
      fc.integer({ min: 1, max: keys.length }).map((threshold) => ({ keys, threshold })),
    );

const database: fc.Arbitrary<DatabaseSpec> = fc.record({
  keys: keysSpec(2),
  layout: fc.constantFrom("flat", "flat", "nested", "hashBins", "succinct"),
  terminating: fc.boolean(),
  paths: fc.constantFrom("star", "star", "question", "prefixes"),
  files: fc.integer({ min: 1, max: 3 }),
});

const publication: fc.Arbitrary<PublicationSpec> = fc.record(
  {
    releases: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    root: fc.constantFrom("same", "root", "timestamp", "snapshot", "targets"),
  },
  { requiredKeys: ["releases"] },
);

/** Any repository of the kinds that this project or another TUF maker publishes. */
export const repositorySpec: fc.Arbitrary<RepositorySpec> = fc.record({
  consistent: fc.boolean(),
  listing: fc.record({
    hashes: fc.constantFrom("none", "sha256", "sha256", "sha512", "both"),
    length: fc.boolean(),
  }),
  roles: fc.record({
    root: keysSpec(3),
    timestamp: keysSpec(1),
    snapshot: keysSpec(2),
    targets: keysSpec(2),
  }),
  databases: fc.array(database, { minLength: 1, maxLength: 3 }),
  publications: fc.array(publication, { minLength: 1, maxLength: 4 }),
});
