/**
 * A Debian 13 with Wine 10, in which a Windows has been started once: Wine 8 of Debian 12 cannot run
 * Node.js 24. It is made once and kept outside the repository, under a name that follows from its
 * recipe.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { acquireLock } from "../../host/lock.ts";
import { configuredMirror, configuredProxies } from "./apt-mirror.ts";

const run = promisify(execFile);

const recipe = {
  suite: "trixie",
  include: "wine64",
  options: [
    "--mode=root",
    "--format=directory",
    "--variant=minbase",
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Retries "5"',
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
  ],
  boot: ["wine64", "wineboot", "-i"],
} as const;

const key = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);
const buildTimeoutMs = 25 * 60_000;

/** How long {@link wineRootfs} may take at most, in milliseconds. */
export const wineTimeoutMs = buildTimeoutMs + 60_000;

/** What every process in it gets as its environment; the Windows lies in /windows. */
export const wineEnvironment: Readonly<Record<string, string>> = {
  HOME: "/root",
  PATH: "/usr/lib/wine:/usr/bin:/bin:/usr/sbin:/sbin",
  WINEPREFIX: "/windows",
  WINEDEBUG: "-all",
  WINEDLLOVERRIDES: "mscoree,mshtml=",
};

/** Starts Windows once: what it makes of its folders and registry takes half a minute. */
async function bootOnce(folder: string): Promise<void> {
  const script = [
    `mount -t proc proc ${folder}/proc`,
    `mount --rbind /dev ${folder}/dev`,
    `chroot ${folder} ${recipe.boot.join(" ")}`,
    `chroot ${folder} wineserver -w`,
  ].join(" && ");
  const args = ["-m", "--propagation", "private", "sh", "-c", script];
  const env = { ...wineEnvironment, PATH: `${wineEnvironment["PATH"]}:/usr/local/sbin` };
  await run("unshare", args, { timeout: buildTimeoutMs, maxBuffer: 16_000_000, env });
}

async function build(folder: string): Promise<void> {
  const { suite, include, options } = recipe;
  const aside = `${folder}.new`;
  const source = `deb ${await configuredMirror()} ${suite} main`;
  const begun = performance.now();
  await rm(folder, { recursive: true, force: true });
  await rm(aside, { recursive: true, force: true });
  const args = [
    ...options,
    ...(await configuredProxies()),
    `--include=${include}`,
    suite,
    aside,
    source,
  ];
  await run("mmdebstrap", args, { timeout: buildTimeoutMs, maxBuffer: 16_000_000 });
  await bootOnce(aside);
  await rename(aside, folder);
  await writeFile(`${folder}.whole`, "");
  const seconds = Math.round((performance.now() - begun) / 1000);
  process.stdout.write(`made the root file system with Wine in ${seconds} s\n`);
}

/**
 * The folder; made first when it is missing, by one process at a time. Nothing may write into it.
 *
 * @returns its path
 * @throws Error when mmdebstrap or Wine fails, with what it printed
 */
export async function wineRootfs(): Promise<string> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const fixtures = join(cache, "vouchsafe-fixtures");
  await mkdir(fixtures, { recursive: true });
  const folder = join(fixtures, `wine-${key}`);
  const lock = await acquireLock(`${folder}.lock`, { waitMs: buildTimeoutMs });
  try {
    if (!existsSync(`${folder}.whole`)) await build(folder);
  } finally {
    lock.release();
  }
  return folder;
}
