/**
 * delivery: a database and its next day, brought to an endpoint by us and by what others use. All
 * of them fetch from one web server (rsync from its own daemon); each is checked to have brought
 * the newer file to the last byte.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAsnPair } from "../data/asn.ts";
import { makeHashPair } from "../data/hashes.ts";
import { hashOf, type MakePair, type Pair } from "../data/pair.ts";
import { makeSqlitePair } from "../data/sqlite.ts";
import { makeLargeTextPair, makeTextPair } from "../data/text.ts";
import { measureProcess } from "../measure-process.ts";
import { nodeCase } from "../node-case.ts";
import { casync } from "../peers/casync.ts";
import { freshclam } from "../peers/freshclam.ts";
import { ostree } from "../peers/ostree.ts";
import { rsync } from "../peers/rsync.ts";
import { copyAll, hasProgram } from "../peers/shell.ts";
import { tufJs } from "../peers/tuf-js.ts";
import type { Peer, PeerKind } from "../peers/types.ts";
import { openVouchsafe } from "../peers/vouchsafe.ts";
import { xdelta3 } from "../peers/xdelta3.ts";
import { zsync } from "../peers/zsync.ts";
import type { Haste } from "../publish.ts";
import { type StaticServer, startStaticServer } from "../static-server.ts";
import type { Case, Job, OpenSuite, Sample } from "../types.ts";

interface Data {
  readonly make: MakePair;
  readonly peers: readonly PeerKind[];
  readonly haste?: Haste;
}

const everywhere: readonly PeerKind[] = [casync, zsync, rsync, ostree, tufJs, xdelta3];
const data = {
  /** 126 MB in the manner of ClamAV; freshclam takes no other. */
  text: { make: makeTextPair, peers: [freshclam, ...everywhere] },
  /** 26 MB of sorted hashes. */
  hashes: { make: makeHashPair, peers: everywhere },
  /** 71 MB of SQLite. */
  sqlite: { make: makeSqlitePair, peers: everywhere },
  /** A real pair: asn-ipv4.csv. */
  asn: { make: makeAsnPair, peers: everywhere },
  /** 500 MB like `text`, for how memory grows: ours alone. */
  large: { make: makeLargeTextPair, peers: [], haste: "urgent" },
} as const satisfies Readonly<Record<string, Data>>;
const rounds = 3;

/** A tool ready to be measured, with its state of the older day. */
interface Ready {
  readonly name: string;
  readonly peer: Peer;
  readonly state: string;
  readonly older: string;
  readonly newer: string;
}

const restore = async (from: string, to: string): Promise<void> => {
  await rm(to, { recursive: true, force: true });
  await copyAll(from, to);
};

const measureClient = async (server: StaticServer, { peer }: Ready): Promise<Sample> => {
  await server.reset();
  const { stdout, ...usage } = await measureProcess(peer.client);
  if (peer.client.traffic !== undefined) return { ...usage, ...peer.client.traffic(stdout) };
  const { requests, bytes } = await server.traffic();
  return { ...usage, requests, bytesReceived: bytes };
};

const checkInstalled = async ({ name, peer }: Ready, wanted: string): Promise<void> => {
  if ((await hashOf(peer.installed)) === wanted) return;
  throw new Error(`${name} did not bring the newer file.`);
};

/** One case of a job: prepared as the job needs it, measured, and checked. */
const caseOf = (
  server: StaticServer,
  ready: Ready,
  wanted: string,
  prepare: (ready: Ready) => Promise<void>,
): Case => ({
  name: ready.name,
  peer: ready.name !== "vouchsafe",
  prepare: () => prepare(ready),
  run: async () => {
    const sample = await measureClient(server, ready);
    await checkInstalled(ready, wanted);
    return sample;
  },
});

const skipped = ({ name }: PeerKind, missing: string): Case => ({
  name,
  peer: true,
  missing,
  run: () => Promise.reject(new Error(missing)),
});

const missingFor = async ({ needs }: PeerKind): Promise<string | undefined> => {
  for (const [program, packageName] of Object.entries(needs)) {
    if (!(await hasProgram(program))) return `${program} is not installed (${packageName})`;
  }
  return undefined;
};

/** A tool that is opened and has published nothing yet. */
type Opened = Pick<Ready, "name" | "peer" | "state">;

/**
 * Publishes both days, installs each, and keeps the state that follows. One day after the other for
 * all: some tools fetch what another has published.
 */
const makeReady = async (tools: readonly Opened[], pair: Pair): Promise<readonly Ready[]> => {
  const liveDay = async (source: string, saved: "older" | "newer"): Promise<void> => {
    for (const { peer, state } of tools) {
      await peer.publish(source);
      await measureProcess(peer.client);
      await copyAll(state, `${state}.${saved}`);
    }
  };
  await liveDay(pair.olderDir, "older");
  await liveDay(pair.newerDir, "newer");
  return tools.map((tool) => ({
    ...tool,
    older: `${tool.state}.older`,
    newer: `${tool.state}.newer`,
  }));
};

const jobsOf = (
  cases: (prepare: (ready: Ready) => Promise<void>) => readonly Case[],
): readonly Job[] => [
  {
    name: "first install",
    rounds,
    cases: cases(({ state }) => rm(state, { recursive: true, force: true })),
  },
  {
    name: "one-day update",
    rounds,
    cases: cases(({ older, state }) => restore(older, state)),
  },
  {
    name: "no-op check",
    rounds,
    cases: [...cases(({ newer, state }) => restore(newer, state)), nodeCase],
  },
];

/** Where each tool works, apart from the others. */
const makePlaces = async (folder: string, url: string, key: string, file: string) => {
  const places = {
    served: join(folder, "served", key),
    url: `${url}${key}/`,
    work: join(folder, "work", key),
    state: join(folder, "state", key),
    file,
  };
  for (const dir of [places.served, places.work]) await mkdir(dir, { recursive: true });
  await mkdir(join(folder, "state"), { recursive: true });
  return places;
};

/** Opens every tool that is installed, and says of the others what is missing. */
const openTools = async (
  folder: string,
  server: StaticServer,
  pair: Pair,
  { peers, haste = "patient" }: Data,
): Promise<readonly (Ready | Case)[]> => {
  const ourPlaces = await makePlaces(folder, server.url, "vouchsafe", pair.file);
  const { peer, repository } = await openVouchsafe(ourPlaces, haste);
  const tools: Opened[] = [{ name: "vouchsafe", peer, state: ourPlaces.state }];
  const absent: Case[] = [];
  for (const kind of peers) {
    const missing = await missingFor(kind);
    if (missing !== undefined) {
      absent.push(skipped(kind, missing));
      continue;
    }
    const key = kind.name.replaceAll(/[^a-z0-9]+/g, "-");
    const places = await makePlaces(folder, server.url, key, pair.file);
    const opened = await kind.open({ ...places, repository });
    tools.push({ name: kind.name, peer: opened, state: places.state });
  }
  return [...(await makeReady(tools, pair)), ...absent];
};

/** What the publisher does for one file and one older release, beside xdelta3 doing the same. */
const deltaJob = async (folder: string, { file, olderDir, newerDir }: Pair): Promise<Job> => {
  const [older, newer] = [join(olderDir, file), join(newerDir, file)];
  const output = join(folder, "delta");
  const words = [older, await hashOf(older), newer, await hashOf(newer), output];
  const measured = async (program: string, args: readonly string[]): Promise<Sample> => {
    const { stdout: _printed, ...usage } = await measureProcess({ program, args });
    return { ...usage, bytesReceived: 0, requests: 0 };
  };
  const work = join(import.meta.dirname, "../delta-work.ts");
  const theirs = ["-9", "-S", "djw", "-B", "536870912", "-fe", "-s", older, newer, output];
  const missing = await missingFor(xdelta3);
  return {
    name: "make the delta",
    rounds,
    cases: [
      { name: "vouchsafe", run: () => measured(process.execPath, [work, ...words]) },
      {
        name: "xdelta3",
        peer: true,
        ...(missing === undefined ? {} : { missing }),
        run: () => measured("xdelta3", theirs),
      },
    ],
  };
};

const isReady = (tool: Ready | Case): tool is Ready => "older" in tool;

/** The suite of one of the databases. */
export const openDelivery =
  (name: keyof typeof data): OpenSuite =>
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "vouchsafe-bench-"));
    const [olderDir, newerDir] = [join(folder, "older"), join(folder, "newer")];
    for (const dir of [olderDir, newerDir, join(folder, "served")]) await mkdir(dir);
    const { file } = await data[name].make(olderDir, newerDir);
    const pair = { file, olderDir, newerDir };
    const wanted = await hashOf(join(newerDir, file));
    const server = await startStaticServer(join(folder, "nginx"), join(folder, "served"));
    const tools = await openTools(folder, server, pair, data[name]);
    const jobs = jobsOf((prepare) =>
      tools.map((tool) => (isReady(tool) ? caseOf(server, tool, wanted, prepare) : tool)),
    );
    return {
      jobs: [...jobs, await deltaJob(folder, pair)],
      close: async () => {
        for (const tool of tools.filter(isReady)) await tool.peer.close?.();
        await server.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  };
