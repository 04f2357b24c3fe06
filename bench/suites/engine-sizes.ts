/**
 * The engine on databases of 1, 100 and 10,000 files and of 10 MB to 500 MB: seconds, bytes
 * written, peak memory. The files compress well, so that neither network nor publisher is what is
 * measured; every byte is decoded, hashed and written all the same.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CountingServer, startCountingServer } from "../counting-server.ts";
import { measureProcess } from "../measure-process.ts";
import { type BenchPublisher, makePublisher } from "../publish.ts";
import type { Case, Job, Sample, Suite } from "../types.ts";

const run = promisify(execFile);

interface Size {
  readonly database: string;
  readonly files: number;
  /** Of each file. */
  readonly bytes: number;
  readonly rounds: number;
  /** Whether an update that changes one file is measured as well. */
  readonly changesOne: boolean;
}

const sizes: readonly Size[] = [
  { database: "one-small", files: 1, bytes: 10_000_000, rounds: 3, changesOne: false },
  { database: "one-middle", files: 1, bytes: 100_000_000, rounds: 3, changesOne: false },
  { database: "one-large", files: 1, bytes: 500_000_000, rounds: 3, changesOne: false },
  { database: "hundred", files: 100, bytes: 1_000_000, rounds: 3, changesOne: true },
  { database: "ten-thousand", files: 10_000, bytes: 1_000, rounds: 3, changesOne: true },
];
/** Databases of so many files are to be spread over bins. */
const bins = { "ten-thousand": 64 };

const nameOf = ({ files, bytes }: Size): string =>
  `${files.toLocaleString("en")} ${files === 1 ? "file" : "files"}, ${(files * bytes) / 1e6} MB`;

const blockBytes = 1_000_000;

/** A file of its own content: one random block again and again. */
const writeLarge = async (path: string, bytes: number): Promise<void> => {
  const block = randomBytes(Math.min(blockBytes, bytes));
  const file = await open(path, "w");
  for (let done = 0; done < bytes; done += block.length) await file.write(block);
  await file.close();
};

const fileName = (index: number): string => `file-${String(index)}.dat`;

const writeRelease = async (folder: string, { files, bytes }: Size): Promise<void> => {
  for (let index = 0; index < files; index += 1) {
    await writeLarge(join(folder, fileName(index)), bytes);
  }
};

/** Bytes of all state written since a moment, except for what the generations hold. */
const metadataBytes = async (state: string, since: number): Promise<number> => {
  const entries = await readdir(state, { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (entry) => entry.isFile() && !entry.parentPath.includes("/databases/"),
  );
  const lengths = files.map(async (file) => {
    const { size, mtimeMs } = await stat(join(file.parentPath, file.name));
    return mtimeMs >= since ? size : 0;
  });
  return (await Promise.all(lengths)).reduce((sum, length) => sum + length, 0);
};

interface Endpoint {
  readonly state: string;
  readonly update: () => Promise<Sample>;
  readonly clear: () => Promise<void>;
  readonly save: () => Promise<void>;
  readonly restore: () => Promise<void>;
}

const makeEndpoint = async (
  folder: string,
  program: string,
  server: CountingServer,
  root: string,
  database: string,
): Promise<Endpoint> => {
  const [state, saved] = [join(folder, database, "state"), join(folder, database, "saved")];
  const config = join(folder, database, "agent.yaml");
  await mkdir(join(folder, database));
  const settings = {
    repository: { url: server.url, root },
    databases: { [database]: {} },
    transfer: { proxy: "none" },
    state,
    socket: join(folder, database, "agent.sock"),
    log: { target: "stderr" },
  };
  await writeFile(config, JSON.stringify(settings)); // JSON is YAML
  const clear = (): Promise<void> => rm(state, { recursive: true, force: true });
  return {
    state,
    clear,
    update: async () => {
      server.reset();
      const used = await measureProcess({ program, args: ["update", "--now", "--config", config] });
      const { wallMs, cpuMs, peakRssBytes, bytesWritten } = used;
      const { requests, bytes } = server.traffic();
      return { wallMs, cpuMs, peakRssBytes, bytesWritten, bytesReceived: bytes, requests };
    },
    save: async () => {
      await run("cp", ["-a", state, saved]);
    },
    restore: async () => {
      await clear();
      await run("cp", ["-a", saved, state]);
    },
  };
};

/** What such an update must write at least: the changed file, and metadata that became new. */
const leastCase = (size: Size, { state }: Endpoint, since: () => number): Case => ({
  name: "the changed file and the metadata",
  run: async () => {
    const bytesWritten = size.bytes + (await metadataBytes(state, since()));
    return { wallMs: 0, cpuMs: 0, peakRssBytes: 0, bytesReceived: 0, requests: 0, bytesWritten };
  },
});

const jobsOf = async (
  size: Size,
  source: string,
  endpoint: Endpoint,
  publisher: BenchPublisher,
): Promise<readonly Job[]> => {
  const { database, rounds, files, bytes, changesOne } = size;
  await mkdir(source);
  await writeRelease(source, size);
  await publisher.release(database, source);
  const name = nameOf(size);
  const install: Job = {
    name: `install ${name}`,
    rounds,
    bytes: files * bytes,
    cases: [{ name: "vouchsafe", prepare: endpoint.clear, run: endpoint.update }],
  };
  if (!changesOne) {
    await rm(source, { recursive: true });
    return [install];
  }
  let changed = false;
  let restoredAt = 0;
  const prepare = async (): Promise<void> => {
    if (!changed) {
      changed = true;
      await endpoint.save(); // what the last install left
      await writeLarge(join(source, fileName(0)), bytes);
      await publisher.release(database, source);
    }
    await endpoint.restore();
    restoredAt = Date.now();
  };
  const update: Job = {
    name: `change one of ${name}`,
    rounds,
    cases: [
      { name: "vouchsafe", prepare, run: endpoint.update },
      leastCase(size, endpoint, () => restoredAt),
    ],
  };
  return [install, update];
};

/** Publishes everything. @param program the agent */
export const openSizes = async (program: string): Promise<Suite> => {
  const folder = await mkdtemp(join(tmpdir(), "vouchsafe-bench-"));
  const names = sizes.map(({ database }) => database);
  const publisher = await makePublisher(folder, names, { bins });
  const server = await startCountingServer(publisher.served);
  const jobs: Job[] = [];
  for (const size of sizes) {
    const { database } = size;
    const endpoint = await makeEndpoint(folder, program, server, publisher.root, database);
    jobs.push(...(await jobsOf(size, join(folder, `source-${database}`), endpoint, publisher)));
  }
  return {
    jobs,
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
