/**
 * The runtime for Windows under our own name: version, product and icon as the Explorer shows them.
 * The signature of the runtime's maker goes, because no changed file may bear it; the vendor signs
 * the finished executable.
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Data, NtExecutable, NtExecutableResource, Resource } from "resedit";
import { BuildError } from "../build-error.ts";
import type { Identity } from "../identity.ts";
import type { Runtime } from "../runtime.ts";
import { hashFile, hashTexts, isFresh, markFresh } from "../stamp.ts";

const english = 1033;
const unicode = 1200;
const iconPath = "installers/windows/vouchsafe.ico";

/** The four numbers of a version of Windows; what follows a hyphen is told only as text. */
const numbersOf = (version: string): readonly [number, number, number] => {
  const found = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (found === null) throw new BuildError(`${version} is no version of three numbers.`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
};

const setVersion = (resources: NtExecutableResource, { version, commit }: Identity): void => {
  const [info] = Resource.VersionInfo.fromEntries(resources.entries);
  if (info === undefined) throw new BuildError("The runtime for Windows has no version resource.");
  const [major, minor, patch] = numbersOf(version);
  info.setFileVersion(major, minor, patch, 0, english);
  info.setProductVersion(major, minor, patch, 0, english);
  info.setStringValues(
    { lang: english, codepage: unicode },
    {
      ProductName: "Vouchsafe",
      FileDescription: "Vouchsafe Agent",
      CompanyName: "The Vouchsafe authors",
      LegalCopyright: "Apache-2.0; parts under their own licences, see NOTICES.txt",
      InternalName: "vouchsafe-agent",
      OriginalFilename: "vouchsafe-agent.exe",
      FileVersion: version,
      ProductVersion: `${version} (${commit})`,
    },
  );
  info.outputToResourceEntries(resources.entries);
};

const brand = async (root: string, identity: Identity, bytes: Buffer): Promise<Uint8Array> => {
  const executable = NtExecutable.from(bytes, { ignoreCert: true });
  const resources = NtExecutableResource.from(executable);
  const icons = Data.IconFile.from(await readFile(join(root, iconPath))).icons;
  Resource.IconGroupEntry.replaceIconsForResource(
    resources.entries,
    1,
    english,
    icons.map(({ data }) => data),
  );
  setVersion(resources, identity);
  resources.outputResource(executable);
  return new Uint8Array(executable.generate());
};

/**
 * Writes the runtime under our name, unless it is fresh.
 *
 * @returns the runtime to put into the executable
 * @throws BuildError when it cannot be changed
 */
export const brandRuntime = async (
  root: string,
  identity: Identity,
  runtime: Runtime,
): Promise<Runtime> => {
  const path = join(root, "dist/win-x64/runtime.exe");
  const inputs = hashTexts([
    JSON.stringify(identity),
    runtime.sha256,
    await hashFile(join(root, iconPath)),
    await hashFile(import.meta.filename),
  ]);
  if (!(await isFresh(path, inputs))) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, await brand(root, identity, await readFile(runtime.path)));
    await rename(`${path}.new`, path);
    await markFresh(path, inputs);
  }
  return { ...runtime, path, sha256: await hashFile(path) };
};
