/** Fills the blanks of the maintainer scripts in installers/linux/{deb,rpm}/. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackagePlan } from "./plan.ts";

/** A mode as chmod and package managers write it. */
export const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

const blanks = (plan: PackagePlan): Readonly<Record<string, string>> => ({
  NAME: plan.name,
  USER: plan.user,
  HOME: plan.home,
  FOLDERS: plan.folders
    .map(({ mode, owner, group, path }) => `${octal(mode)} ${owner} ${group} ${path}`)
    .join("\n"),
  UNITS: plan.units.join(" "),
  RESTARTED: plan.restarted.join(" "),
  PURGED: plan.purged.join(" "),
  LEFT: plan.left,
});

/** The text of a script template, for one package. */
export const fillScript = (template: string, plan: PackagePlan): string => {
  const values = blanks(plan);
  return template.replaceAll(/@([A-Z]+)@/g, (blank, name: string) => values[name] ?? blank);
};

/**
 * Reads scripts of one format and fills them.
 *
 * @param folder the format's folder in installers/linux
 * @returns name and text of each
 */
export const maintainerScripts = async <Name extends string>(
  root: string,
  folder: "deb" | "rpm",
  names: readonly Name[],
  plan: PackagePlan,
): Promise<ReadonlyMap<Name, string>> => {
  const scripts = new Map<Name, string>();
  for (const name of names) {
    const template = await readFile(join(root, "installers/linux", folder, name), "utf8");
    scripts.set(name, fillScript(template, plan));
  }
  return scripts;
};
