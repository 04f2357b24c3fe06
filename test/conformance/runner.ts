/**
 * A client under test: the adapter in folders of its own, against a simulated repository. It
 * tells what the client trusts, what it downloaded, and whether a command succeeded.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { VouchsafeError } from "../../protocol/errors.ts";
import { download, init, refresh } from "./adapter.ts";
import { type Simulator, simulator } from "./simulator.ts";

/** 0 when it succeeded, 1 when it was refused; anything but a refusal is a failure of the test. */
async function exitCode(run: () => Promise<unknown>): Promise<0 | 1> {
  try {
    await run();
    return 0;
  } catch (error) {
    if (error instanceof VouchsafeError) return 1;
    throw error;
  }
}

/** A repository with version 1 of the four roles, and a client that knows its root. */
export async function newTest(repo: Simulator = simulator()) {
  const folder = await mkdtemp(join(tmpdir(), "vouchsafe-conformance-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const metadataDir = join(folder, "metadata");
  const targetDir = join(folder, "targets");
  await mkdir(metadataDir);
  await mkdir(targetDir);
  const ports = (now: number) => ({ metadataDir, fetcher: repo.fetcher, now: () => now });

  const stored = (role: string): Promise<Buffer | undefined> =>
    readFile(join(metadataDir, `${role}.json`)).catch(() => undefined);
  const versionIn = (bytes: Buffer): number => JSON.parse(bytes.toString()).signed.version;

  const client = {
    metadataDir,
    init: (root = repo.versionsOf("root")[0] ?? Buffer.alloc(0)) =>
      exitCode(() => init(metadataDir, root)),
    refresh: (now = repo.now) => exitCode(() => refresh(ports(now))),
    download: (...names: readonly string[]) =>
      exitCode(() =>
        download(ports(repo.now), names, {
          targetDir,
          fetchTarget: async (location, maxBytes) => {
            const bytes = repo.serveTarget(location);
            if (bytes !== undefined && bytes.length <= maxBytes) return bytes;
            throw new VouchsafeError("repository.missing", `There is no ${location}.`);
          },
        }),
      ),
    stored,
    /** Version of a role that is trusted, or undefined. */
    version: async (role: string) => {
      const bytes = await stored(role);
      return bytes === undefined ? undefined : versionIn(bytes);
    },
    /** All trusted roles as `role version`, by name. */
    trusted: async () => {
      const names = (await readdir(metadataDir)).filter((name) => name.endsWith(".json"));
      const roles = names.toSorted().map(async (name) => {
        const bytes = await readFile(join(metadataDir, name));
        return `${name.slice(0, -".json".length)} ${versionIn(bytes)}`;
      });
      return Promise.all(roles);
    },
    /** Contents of all downloaded targets, oldest first. */
    downloaded: async () => {
      const files = (await readdir(targetDir)).map(async (name) => {
        const path = join(targetDir, name);
        return { at: (await stat(path)).mtimeMs, text: await readFile(path, "utf8") };
      });
      return (await Promise.all(files)).toSorted((a, b) => a.at - b.at).map(({ text }) => text);
    },
  };
  return { repo, client };
}

/** As {@link newTest}, with the client initialised. */
export async function initialised(repo?: Simulator) {
  const test = await newTest(repo);
  if ((await test.client.init()) !== 0) throw new Error("the client refused its root");
  return test;
}
