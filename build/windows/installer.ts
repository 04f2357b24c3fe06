/** The MSI: the executable, the module through which it calls Windows, and the service. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "../build-error.ts";
import { type Identity, stringProperty } from "../identity.ts";
import { hasTool } from "../package/tool.ts";
import { pinnedFile } from "../pinned-file.ts";
import { hashFile, hashTexts, isFresh, markFresh } from "../stamp.ts";

const run = promisify(execFile);

const native = { name: "@koromix/koffi-win32-x64@3.3.4", inside: "win32_x64/koffi.node" } as const;
const sources = "installers/windows";
const folder = "dist/win-x64";

/** Name below dist/win-x64 → file of the project that the installer is made of besides. */
const beside: Readonly<Record<string, string>> = {
  "agent.wxs": `${sources}/agent.wxs`,
  "koffi-licence.txt": `${sources}/koffi-licence.txt`,
  "agent.yaml": `${sources}/agent.yaml`,
};

/** Puts what is installed beside the executable there; it runs from that folder, too. */
const layOut = async (root: string, module: string): Promise<void> => {
  await mkdir(join(root, folder), { recursive: true });
  await copyFile(module, join(root, folder, "koffi.node"));
  for (const [name, source] of Object.entries(beside)) {
    await copyFile(join(root, source), join(root, folder, name));
  }
};

/**
 * Makes an MSI of what the build has laid out.
 *
 * @param version three numbers; a higher one replaces a lower one where it is installed
 * @throws BuildError when wixl fails
 */
export const packInstaller = async (
  root: string,
  version: string,
  output: string,
): Promise<void> => {
  const args = ["-a", "x64", "-D", `Version=${version}`, "-o", output, "agent.wxs"];
  try {
    await run("wixl", args, { cwd: join(root, folder) }); // it looks for files beside its source
  } catch (error) {
    throw new BuildError(`wixl failed: ${stringProperty(error, "stderr")?.trim() ?? ""}`);
  }
};

const removeOthers = async (packages: string, name: string): Promise<void> => {
  for (const found of await readdir(packages)) {
    if (/\.msi(\.stamp)?$/.test(found) && !found.startsWith(name)) await rm(join(packages, found));
  }
};

/**
 * Makes dist/packages/vouchsafe-agent-VERSION-x64.msi, unless it is fresh.
 *
 * @returns lines to print
 * @throws BuildError when wixl fails, or the module's bytes are not the pinned ones
 */
export const buildInstaller = async (root: string, identity: Identity): Promise<string[]> => {
  const module = await pinnedFile(root, native.name, native.inside);
  if (module === undefined) return [`${folder}/koffi.node  left out: npm could not bring it`];
  await layOut(root, module.path);
  const [version = "0.0.0"] = identity.version.split("-"); // an MSI knows three numbers only
  const file = `vouchsafe-agent-${identity.version}-x64.msi`;
  const name = `dist/packages/${file}`;
  if (!(await hasTool("wixl"))) return [`${name}  left out: wixl is not installed`];
  const output = join(root, name);
  const installed = [
    `${folder}/vouchsafe-agent.exe`,
    `${folder}/vouchsafe-agent.exe.notices.txt`,
    ...Object.values(beside),
  ];
  const inputs = hashTexts([
    version,
    module.sha256,
    await hashFile(import.meta.filename),
    ...(await Promise.all(installed.map((path) => hashFile(join(root, path))))),
  ]);
  if (await isFresh(output, inputs)) return [`${name}  unchanged`];
  await mkdir(join(root, "dist/packages"), { recursive: true });
  await packInstaller(root, version, `${output}.new`);
  await rename(`${output}.new`, output);
  await markFresh(output, inputs);
  await removeOthers(join(root, "dist/packages"), file);
  return [name];
};
