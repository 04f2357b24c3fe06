/**
 * node bench/trust-work.ts WORK FOLDER: does one piece of work of the trust suite in a process of
 * its own and prints what it used, the loading of the program left out.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { BaseFetcher, Updater } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";
import { openTrust } from "../agent/trust/client.ts";
import type { MetadataFetcher } from "../agent/trust/types.ts";
import { nodeFileSystem } from "../host/file-system.ts";
import { sha256 } from "../protocol/bytes.ts";
import { VouchsafeError } from "../protocol/errors.ts";
import { parseEnvelope } from "../protocol/tuf/envelope.ts";
import { limits } from "../protocol/tuf/limits.ts";
import { parseTargets } from "../protocol/tuf/parse.ts";
import { startFrom, updateRoot } from "../protocol/tuf/trusted-set.ts";
import type { Key } from "../protocol/tuf/types.ts";
import { verifyEnvelope } from "../protocol/tuf/verify.ts";

const [work = "", folder = ""] = process.argv.slice(2);
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
const files = new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
const scratch = mkdtempSync(join(folder, "work-"));

function file(name: string): Buffer {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`no ${name} in ${folder}`);
  return bytes;
}

const fetcher: MetadataFetcher = {
  get: async (path, { conditional }) => {
    const bytes = files.get(path.replace("metadata/", ""));
    if (bytes === undefined) return { status: "missing" };
    const etag = sha256(bytes);
    if (conditional?.etag === etag) return { status: "unchanged" };
    return { status: "ok", bytes, validators: { origin: "memory:", etag } };
  },
};

async function ourRefresh(dir: string): Promise<void> {
  const trust = await openTrust({
    fs: nodeFileSystem,
    dir: join(dir, "trust"),
    marksFile: join(dir, "marks.json"),
    bootstrapRoot: file("1.root.json"),
    fetcher,
    clock: { now: () => new Date() },
    plain: true,
  });
  await trust.refresh();
}

/** Serves the same map to tuf-js. */
class MapFetcher extends BaseFetcher {
  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    return new Blob([new Uint8Array(await this.downloadBytes(url))]).stream();
  }

  override async downloadBytes(url: string): Promise<Buffer> {
    const bytes = files.get(new URL(url).pathname.slice(1));
    if (bytes === undefined) throw new DownloadHTTPError("not found", 404);
    return bytes;
  }
}

async function theirRefresh(dir: string): Promise<void> {
  const updater = new Updater({
    metadataDir: dir,
    metadataBaseUrl: "http://memory.invalid/",
    fetcher: new MapFetcher(),
  });
  await updater.refresh();
}

function newDir(name: string): string {
  const dir = join(scratch, name);
  mkdirSync(dir);
  writeFileSync(join(dir, "root.json"), file("1.root.json"));
  return dir;
}

/** Parses and verifies a targets role against all of its keys. */
function readTargets(bytes: Buffer, keys: ReadonlyMap<string, Key>): void {
  const signers = { keys, keyIds: [...keys.keys()], threshold: keys.size };
  const targets = parseTargets(
    verifyEnvelope(parseEnvelope(bytes, limits.targetsBytes), signers, "targets"),
  );
  if (targets.targets.size !== 40_000) throw new Error("not 40,000 targets");
}

function refuseRoot(): void {
  const trusted = startFrom(file("1.root.json"), "native");
  const bytes = file("2.root.json");
  const start = begin();
  try {
    updateRoot(trusted, bytes, "both");
  } catch (error) {
    if (error instanceof VouchsafeError && error.code === "trust.signature") return report(start);
    throw error;
  }
  throw new Error("an unsigned root was accepted");
}

interface Start {
  readonly cpu: NodeJS.CpuUsage;
  readonly wall: number;
}

const begin = (): Start => ({ cpu: process.cpuUsage(), wall: performance.now() });

function report(start: Start, times = 1): void {
  const { user, system } = process.cpuUsage(start.cpu);
  const document = {
    wallMs: (performance.now() - start.wall) / times,
    cpuMs: (user + system) / 1000 / times,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
  process.stdout.write(JSON.stringify(document));
}

const refreshes = 20;

type Refresh = (dir: string) => Promise<void>;

/** One refresh from nothing, of a repository that is no small matter. */
async function measureFirst(refresh: Refresh): Promise<void> {
  const dir = newDir("first");
  const start = begin();
  await refresh(dir);
  report(start);
}

async function measureRefresh(refresh: Refresh, cold: boolean) {
  const dirs = Array.from({ length: cold ? refreshes : 1 }, (_dir, index) => newDir(`${index}`));
  const [first = scratch] = dirs;
  if (!cold) await refresh(first);
  const start = begin();
  for (let turn = 0; turn < refreshes; turn += 1) await refresh(dirs[cold ? turn : 0] ?? first);
  report(start, refreshes);
}

const works: Readonly<Record<string, () => void | Promise<void>>> = {
  "our-cold": () => measureRefresh(ourRefresh, true),
  "our-unchanged": () => measureRefresh(ourRefresh, false),
  "their-cold": () => measureRefresh(theirRefresh, true),
  "their-unchanged": () => measureRefresh(theirRefresh, false),
  "our-first": () => measureFirst(ourRefresh),
  "their-first": () => measureFirst(theirRefresh),
  "read-targets": () => {
    const bytes = file("1.targets.json");
    const { keys } = startFrom(file("1.root.json"), "native").root;
    const start = begin();
    readTargets(bytes, keys);
    report(start);
  },
  "refuse-root": refuseRoot,
};

try {
  await works[work]?.();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
