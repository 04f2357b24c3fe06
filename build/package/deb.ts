/** Writes a staged package as a .deb. */
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Architecture,
  architectures,
  needs,
  type PackagePlan,
  packageVersion,
} from "./plan.ts";
import { maintainerScripts } from "./scripts.ts";
import { settle } from "./stage.ts";
import { runTool } from "./tool.ts";
import type { Packaging } from "./writer.ts";

/** The maintainer scripts, templates in installers/linux/deb/. */
export const debScripts = ["postinst", "prerm", "postrm"] as const;

/** The name of the package's file. */
export const debName = (plan: PackagePlan, version: string, architecture: Architecture): string =>
  `${plan.name}_${packageVersion(version)}_${architectures[architecture].deb}.deb`;

/** The control file. */
export const debControl = (
  plan: PackagePlan,
  version: string,
  architecture: Architecture,
  installedKiB: number,
): string =>
  [
    `Package: ${plan.name}`,
    `Version: ${packageVersion(version)}`,
    `Architecture: ${architectures[architecture].deb}`,
    "Maintainer: Vouchsafe project <maintainers@vouchsafe.invalid>",
    `Installed-Size: ${installedKiB}`,
    `Depends: adduser, libc6 (>= ${needs.glibc}), libgcc-s1 (>= ${needs.gcc}), libstdc++6 (>= ${needs.libstdcxx})`,
    "Section: admin",
    "Priority: optional",
    `Description: ${plan.summary}`,
    ...plan.description.map((line) => ` ${line}`),
    "",
  ].join("\n");

/** The list of files that are the operator's own. */
export const debConffiles = (plan: PackagePlan): string =>
  plan.files
    .filter(({ config }) => config === true)
    .map(({ target }) => `/${target}\n`)
    .join("");

/**
 * Makes a .deb of a staged package.
 *
 * @throws BuildError when dpkg-deb fails
 */
export const writeDeb = async (packaging: Packaging): Promise<void> => {
  const { root, plan, version, architecture, stage, installedKiB, seconds, output } = packaging;
  const control = join(stage, "DEBIAN");
  await mkdir(control);
  await writeFile(join(control, "control"), debControl(plan, version, architecture, installedKiB));
  const conffiles = debConffiles(plan);
  if (conffiles !== "") await writeFile(join(control, "conffiles"), conffiles);
  for (const name of await readdir(control)) await chmod(join(control, name), 0o644);
  for (const [name, text] of await maintainerScripts(root, "deb", debScripts, plan)) {
    await writeFile(join(control, name), text);
    await chmod(join(control, name), 0o755);
  }
  await settle(stage, seconds);
  await runTool(
    "dpkg-deb",
    ["-Zzstd", "-z6", "--root-owner-group", "--build", stage, output],
    seconds,
  );
  await rm(control, { recursive: true });
};
