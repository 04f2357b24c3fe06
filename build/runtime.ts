/**
 * The Node.js that goes inside an executable: the one that npm brings, checked against a pinned hash,
 * because the package that carries it is a third party's redistribution.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildError } from "./build-error.ts";
import { stringProperty } from "./identity.ts";
import { checkPin, pinnedFile } from "./pinned-file.ts";
import { hashFile } from "./stamp.ts";

/** The machines that executables are made for. */
export type Platform = "linux-x64" | "linux-arm64" | "win-x64";

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
  const inside = platform === "win-x64" ? "bin/node.exe" : "bin/node";
  const found = await pinnedFile(root, name, inside);
  return found === undefined ? `npm could not bring ${name}` : { ...own, platform, ...found };
};
