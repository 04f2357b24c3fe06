/** What is known about installed npm packages: from their own manifests, and from the lockfile. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BuildError } from "../build-error.ts";
import { type Contents, packageFolders } from "./contents.ts";
import { type BundledPackage, type Hash, npmPurl } from "./cyclonedx.ts";

const manifestSchema = z.object({ name: z.string(), version: z.string(), license: z.string() });
const lockfileSchema = z.object({
  packages: z.record(z.string(), z.object({ integrity: z.string().optional() })),
});

/** Name, version and licence identifier of an installed package. */
type Manifest = z.infer<typeof manifestSchema>;

const readManifest = async (root: string, folder: string): Promise<Manifest> => {
  const text = await readFile(join(root, folder, "package.json"), "utf8");
  const parsed = manifestSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new BuildError(`${folder} tells no name, version and licence.`);
  return parsed.data;
};

/** The lockfile's pin as a hash; packages that are no download have none. */
const hashesOf = (integrity: string | undefined): readonly Hash[] => {
  const base64 = integrity?.match(/^sha512-(.+)$/)?.[1];
  if (base64 === undefined) return [];
  return [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }];
};

/**
 * The packages inside a bundle.
 *
 * @returns them, sorted by folder, and a function that gives the bom-refs of what a folder imports
 * @throws BuildError when a package does not say what it is
 */
export const readPackages = async (
  root: string,
  contents: Contents,
): Promise<{
  readonly packages: readonly BundledPackage[];
  readonly importedBy: (folder: string) => readonly string[];
}> => {
  const lockfile = lockfileSchema.parse(
    JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")),
  );
  const manifests = new Map<string, Manifest>();
  for (const folder of packageFolders(contents)) {
    manifests.set(folder, await readManifest(root, folder));
  }
  const refs = (folders: Iterable<string>): readonly string[] =>
    [...folders]
      .map((folder) => manifests.get(folder))
      .filter((manifest) => manifest !== undefined)
      .map(({ name, version }) => npmPurl(name, version))
      .toSorted();
  const importedBy = (folder: string): readonly string[] => [
    ...new Set(refs(contents.get(folder) ?? [])),
  ];
  const packages = [...manifests].map(([folder, { name, version, license }]) => ({
    name,
    version,
    licence: license,
    hashes: hashesOf(lockfile.packages[folder]?.integrity),
    dependsOn: importedBy(folder),
  }));
  return { packages, importedBy };
};

const licenceText = async (folder: string): Promise<string> => {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|notice)/i.test(name));
  const texts = names.toSorted().map((name) => readFile(join(folder, name), "utf8"));
  return (await Promise.all(texts)).map((text) => text.trim()).join("\n\n");
};

const section = (title: string, text: string): string =>
  `${title}\n${"=".repeat(title.length)}\n${text}`;

/** One text with name, version, licence identifier and licence text of each bundled package. */
export const collectNotices = async (root: string, contents: Contents): Promise<string> => {
  const sections: string[] = [];
  for (const folder of packageFolders(contents)) {
    const { name, version, license } = await readManifest(root, folder);
    sections.push(
      section(`${name} ${version} (${license})`, await licenceText(join(root, folder))),
    );
  }
  return `${sections.join("\n\n\n")}\n`;
};

/** The same for an executable, in which Node.js and its libraries are, too. */
export const collectRuntimeNotices = async (
  root: string,
  contents: Contents,
  runtime: { readonly version: string; readonly licencePath: string },
): Promise<string> => {
  const licence = await readFile(join(root, runtime.licencePath), "utf8");
  const own = section(`Node.js ${runtime.version} (MIT)`, licence.trim());
  return `${own}\n\n\n${await collectNotices(root, contents)}`;
};
