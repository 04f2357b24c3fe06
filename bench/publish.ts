/** A publisher's folder for benchmarks, worked by the built publisher like any other. */
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { type Measured, measureProcess } from "./measure-process.ts";

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
  /** Proposes the files of a folder; what that took, and the digest of the proposal. */
  propose(
    database: string,
    source: string,
    haste?: Haste,
  ): Promise<{ readonly usage: Measured; readonly digest: string }>;
  /** Approves what is proposed, and publishes it. */
  publish(database: string, digest: string): Promise<void>;
  /** Publishes the files of a folder as the next release. */
  release(database: string, source: string, haste?: Haste): Promise<void>;
}

/** Whether files are compressed as well as can be, or as a release that cannot wait. */
export type Haste = "patient" | "urgent";

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
  const added = {
    VOUCHSAFE_PUBLISHER_DIR: dir,
    VOUCHSAFE_PASSPHRASE: "only for benchmarks",
  };
  const env = { ...process.env, ...added };
  const publisher = async (...args: string[]): Promise<void> => {
    await run(process.execPath, [bundle, ...args, "--json"], { env, maxBuffer: maxOutput });
  };

  await publisher("init", dir, "--keys", join(folder, "keys"), "--root-keys", "1");
  await publisher("key", "new", "release");
  for (const name of databases) {
    const count = options.bins?.[name];
    const bins = count === undefined ? [] : ["--bins", String(count)];
    await publisher("database", "add", name, "--key", "release", "--threshold", "1", ...bins);
  }
  const propose: BenchPublisher["propose"] = async (database, source, haste = "patient") => {
    const urgent = haste === "urgent" ? ["--urgent"] : [];
    const args = [bundle, "propose", database, source, "--json", ...urgent];
    const usage = await measureProcess({ program: process.execPath, args, env: added });
    return { usage, digest: proposed.parse(JSON.parse(usage.stdout)).digest };
  };
  const publish: BenchPublisher["publish"] = async (database, digest) => {
    await publisher("approve", database, "--key", "release", "--digest", digest);
    await publisher("publish");
  };
  const served = join(dir, "repository");
  return {
    served,
    root: join(served, "metadata/1.root.json"),
    propose,
    publish,
    release: async (database, source, haste) => {
      const { digest } = await propose(database, source, haste);
      await publish(database, digest);
    },
  };
};
