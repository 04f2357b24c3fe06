/** A publisher's folder for benchmarks, worked by the built publisher like any other. */
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";

const run = promisify(execFile);
const bundle = resolve(import.meta.dirname, "../dist/vouchsafe-publisher.cjs");
/** A proposal of 10,000 files tells of each. */
const maxOutput = 64_000_000;
const proposed = z.object({ digest: z.string() });

/** A repository that can get releases. */
export interface BenchPublisher {
  /** The folder to serve. */
  readonly served: string;
  /** The bootstrap root. */
  readonly root: string;
  /** Publishes the files of a folder as the next release. */
  release(database: string, source: string): Promise<void>;
}

/**
 * Makes a publisher in `folder` with one approver and these databases.
 *
 * @param options `bins`: into how many a database is spread, by name
 */
export const makePublisher = async (
  folder: string,
  databases: readonly string[],
  options: { readonly bins?: Readonly<Record<string, number>> } = {},
): Promise<BenchPublisher> => {
  const dir = join(folder, "publisher");
  const env = {
    ...process.env,
    VOUCHSAFE_PUBLISHER_DIR: dir,
    VOUCHSAFE_PASSPHRASE: "only for benchmarks",
  };
  const publisher = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [bundle, ...args, "--json"], { env, maxBuffer: maxOutput }))
      .stdout;

  await publisher("init", dir, "--keys", join(folder, "keys"), "--root-keys", "1");
  await publisher("key", "new", "release");
  for (const name of databases) {
    const count = options.bins?.[name];
    const bins = count === undefined ? [] : ["--bins", String(count)];
    await publisher("database", "add", name, "--key", "release", "--threshold", "1", ...bins);
  }
  const served = join(dir, "repository");
  return {
    served,
    root: join(served, "metadata/1.root.json"),
    release: async (database, source) => {
      const { digest } = proposed.parse(JSON.parse(await publisher("propose", database, source)));
      await publisher("approve", database, "--key", "release", "--digest", digest);
      await publisher("publish");
    },
  };
};
