/** The vendor's side of the demo: a repository whose releases two of three persons must approve. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expectExit, must, quote, say } from "./narration.ts";
import { run } from "./programs.ts";

/** Who approves releases. */
const people = ["alice", "bob", "carol"] as const;

/** The vendor at work. */
export interface Vendor {
  /** The static files to serve. */
  readonly repository: string;
  /** The bootstrap root that endpoints get by a second channel. */
  readonly rootFile: string;
  propose(database: string, source: string, label: string): Promise<string>;
  approve(database: string, person: (typeof people)[number], digest: string): Promise<void>;
  publish(): Promise<void>;
  /** Tries to publish with too few approvals; that must fail and change nothing. */
  publishTooEarly(): Promise<void>;
}

/** Makes the repository with its keys and databases. */
export async function makeVendor(parent: string, databases: readonly string[]): Promise<Vendor> {
  const dir = join(parent, "publisher");
  const env = { VOUCHSAFE_PUBLISHER_DIR: dir, VOUCHSAFE_PASSPHRASE: "only for this demo" };
  const publisher = async (code: number, ...args: string[]) =>
    expectExit(await run("publisher", args, env), code, `publisher ${args[0]}`);

  await mkdir(parent, { recursive: true });
  await publisher(0, "init", dir, "--keys", join(parent, "keys"));
  for (const person of people) await publisher(0, "key", "new", person);
  for (const database of databases) {
    const keys = people.flatMap((person) => ["--key", person]);
    quote(await publisher(0, "database", "add", database, "--threshold", "2", ...keys));
  }
  const repository = join(dir, "repository");
  return {
    repository,
    rootFile: join(repository, "metadata/1.root.json"),
    propose: async (database, source, label) => {
      const text = await publisher(0, "propose", database, source, "--label", label);
      quote(text);
      const digest = /[0-9a-f]{64}/.exec(text)?.[0];
      must(digest !== undefined, `${database} ${label} is proposed, and nothing is signed yet`);
      return digest;
    },
    approve: async (database, person, digest) => {
      await publisher(0, "approve", database, "--key", person, "--digest", digest);
      say(`  \u2713 ${person} checked the files and approved`);
    },
    publish: async () => quote(await publisher(0, "publish")),
    publishTooEarly: async () => {
      await publisher(8, "publish");
      must(true, "one approval is not enough: publish refuses (exit code 8)");
    },
  };
}
