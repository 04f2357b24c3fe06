/** The agent's Debian package: executable, link, service, configuration. */
import { execFile } from "node:child_process";
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "./build-error.ts";
import { type Identity, stringProperty } from "./identity.ts";
import { findRuntime } from "./runtime.ts";
import { hashFile, hashTexts, isFresh, markFresh } from "./stamp.ts";

const run = promisify(execFile);

interface PackagedFile {
  /** Where it is taken from, relative to the project. */
  readonly source: string;
  /** Where it is installed. */
  readonly target: string;
  readonly mode: number;
}

const documentation = "usr/share/doc/vouchsafe-agent";
const scripts = ["postinst", "prerm", "postrm"] as const;

const files = (runtimeLicence: string): readonly PackagedFile[] => [
  { source: "dist/vouchsafe-agent", target: "usr/bin/vouchsafe-agent", mode: 0o755 },
  {
    source: "installers/linux/systemd/vouchsafe-agent.service",
    target: "lib/systemd/system/vouchsafe-agent.service",
    mode: 0o644,
  },
  { source: "config/agent.yaml", target: "etc/vouchsafe/agent.yaml", mode: 0o644 },
  {
    source: "installers/linux/apparmor/usr.sbin.clamd",
    target: `${documentation}/apparmor/usr.sbin.clamd`,
    mode: 0o644,
  },
  { source: "LICENSE", target: `${documentation}/copyright`, mode: 0o644 },
  {
    source: "dist/vouchsafe-agent.notices.txt",
    target: `${documentation}/NOTICES.txt`,
    mode: 0o644,
  },
  { source: runtimeLicence, target: `${documentation}/NODE-LICENSE.txt`, mode: 0o644 },
];

const place = async (root: string, stage: string, file: PackagedFile): Promise<void> => {
  const target = join(stage, file.target);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(join(root, file.source), target);
  await chmod(target, file.mode);
};

/** Fills the control file's blanks. */
export const fillControl = (template: string, version: string, installedKiB: number): string =>
  template.replaceAll("@VERSION@", version).replaceAll("@INSTALLED_SIZE@", String(installedKiB));

const stageControl = async (root: string, stage: string, version: string): Promise<void> => {
  const source = join(root, "installers/linux/deb");
  const target = join(stage, "DEBIAN");
  const { stdout } = await run("du", ["-sk", stage]);
  await mkdir(target);
  const template = await readFile(join(source, "control"), "utf8");
  const installedKiB = Number.parseInt(stdout, 10);
  await writeFile(join(target, "control"), fillControl(template, version, installedKiB));
  await copyFile(join(source, "conffiles"), join(target, "conffiles"));
  for (const script of scripts) {
    await copyFile(join(source, script), join(target, script));
    await chmod(join(target, script), 0o755);
  }
};

const inputsOf = async (root: string, parts: readonly PackagedFile[]): Promise<string> => {
  const control = join(root, "installers/linux/deb");
  const controlFiles = (await readdir(control)).toSorted().map((name) => join(control, name));
  const sources = parts.map((part) => join(root, part.source));
  return hashTexts(await Promise.all([...sources, ...controlFiles].map(hashFile)));
};

const makeArchive = async (stage: string, output: string): Promise<void> => {
  try {
    await run("dpkg-deb", ["-Zxz", "-z1", "--root-owner-group", "--build", stage, output]);
  } catch (error) {
    if (stringProperty(error, "code") === "ENOENT") {
      throw new BuildError(
        "dpkg-deb is missing: the .deb can only be built where dpkg is installed.",
      );
    }
    throw new BuildError(`dpkg-deb failed: ${stringProperty(error, "stderr")?.trim() ?? ""}`);
  }
};

/**
 * Makes dist/packages/vouchsafe-agent_VERSION_amd64.deb from the executable, unless it is fresh.
 *
 * @returns a line to print
 * @throws BuildError when dpkg-deb is missing or fails
 */
export const buildDebianPackage = async (root: string, identity: Identity): Promise<string> => {
  const name = `dist/packages/vouchsafe-agent_${identity.version}_amd64.deb`;
  const output = join(root, name);
  const runtime = await findRuntime(root);
  const parts = files(runtime.licencePath);
  const inputs = hashTexts([identity.version, await inputsOf(root, parts)]);
  if (await isFresh(output, inputs)) return `${name}  unchanged`;

  const stage = join(root, "dist/.debian-package");
  await rm(stage, { recursive: true, force: true });
  await mkdir(dirname(output), { recursive: true });
  for (const part of parts) await place(root, stage, part);
  await mkdir(join(stage, "etc/vouchsafe/agent.d"));
  await symlink("vouchsafe-agent", join(stage, "usr/bin/agent"));
  await stageControl(root, stage, identity.version);
  await makeArchive(stage, output);
  await rm(stage, { recursive: true });
  await markFresh(output, inputs);
  return name;
};
