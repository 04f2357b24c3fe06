/**
 * The files of a fresh Debian 12 with systemd, nginx and clamd, as a tar that guests are made of. It
 * is made once and kept outside the repository, under a name that follows from its recipe.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { acquireLock } from "../../host/lock.ts";
import { configuredMirror, configuredProxies } from "./apt-mirror.ts";

const run = promisify(execFile);

const recipe = {
  suite: "bookworm",
  /** What an installed Debian has and a minimal root file system has not. */
  base: "systemd,systemd-sysv,dbus,adduser,ca-certificates,procps,sudo",
  /** The vendor's web server, and the consumer. */
  parties: "nginx,clamav,clamav-daemon",
  options: [
    "--mode=root",
    "--variant=minbase",
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Retries "5"',
    // Nobody needs these files after a power cut; without it unpacking takes three times as long.
    "--dpkgopt=force-unsafe-io",
  ],
} as const;

const key = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);
const buildTimeoutMs = 15 * 60_000;

/** How long {@link debianRootfs} may take at most, in milliseconds. */
export const rootfsTimeoutMs = buildTimeoutMs + 60_000;

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

async function isWhole(tar: string): Promise<boolean> {
  try {
    return (await readFile(`${tar}.sha256`, "utf8")) === (await digest(tar));
  } catch {
    return false;
  }
}

async function build(tar: string): Promise<void> {
  const { suite, base, parties, options } = recipe;
  const aside = `${tar}.new.tar`;
  const source = `deb ${await configuredMirror()} ${suite} main`;
  const include = `--include=${base},${parties}`;
  const args = [...options, ...(await configuredProxies()), include, suite, aside, source];
  await rm(`${tar}.sha256`, { force: true });
  const begun = performance.now();
  await run("mmdebstrap", args, { timeout: buildTimeoutMs, maxBuffer: 16_000_000 });
  await rename(aside, tar);
  await writeFile(`${tar}.sha256`, await digest(tar));
  const seconds = Math.round((performance.now() - begun) / 1000);
  process.stdout.write(`made the root file system of the guests in ${seconds} s\n`);
}

/**
 * The tar; made first when it is missing or damaged, by one process at a time.
 *
 * @returns its path
 * @throws Error when mmdebstrap fails, with what it printed
 */
export async function debianRootfs(): Promise<string> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(cache, "vouchsafe-fixtures");
  await mkdir(folder, { recursive: true });
  const tar = join(folder, `debian-${key}.tar`);
  const lock = await acquireLock(`${tar}.lock`, { waitMs: buildTimeoutMs });
  try {
    if (!(await isWhole(tar))) await build(tar);
  } finally {
    lock.release();
  }
  return tar;
}
