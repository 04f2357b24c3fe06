/** The licences of the packages that went into a bundle, collected from the packages themselves. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringProperty } from "./identity.ts";

/** The package folder (`node_modules/@scope/name`, nested ones too) that a bundled file lies in. */
export const packageFolderOf = (input: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];

const licenceText = async (folder: string): Promise<string> => {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|notice)/i.test(name));
  const texts = names.toSorted().map((name) => readFile(join(folder, name), "utf8"));
  return (await Promise.all(texts)).map((text) => text.trim()).join("\n\n");
};

/**
 * One text with name, version, licence identifier and licence text of each bundled package.
 *
 * @param root the project's folder
 * @param inputs paths of the bundled files, relative to `root`
 */
export const collectNotices = async (root: string, inputs: readonly string[]): Promise<string> => {
  const folders = new Set(inputs.map(packageFolderOf).filter((folder) => folder !== undefined));
  const sections: string[] = [];
  for (const folder of [...folders].toSorted()) {
    const manifest: unknown = JSON.parse(
      await readFile(join(root, folder, "package.json"), "utf8"),
    );
    const field = (name: string): string => stringProperty(manifest, name) ?? "";
    const title = `${field("name")} ${field("version")} (${field("license")})`;
    sections.push(
      `${title}\n${"=".repeat(title.length)}\n${await licenceText(join(root, folder))}`,
    );
  }
  return `${sections.join("\n\n\n")}\n`;
};
