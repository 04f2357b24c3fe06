/** Writes a staged package as an .rpm. */
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Architecture,
  architectures,
  needs,
  type PackagedFile,
  type PackagePlan,
  packageVersion,
} from "./plan.ts";
import { maintainerScripts, octal } from "./scripts.ts";
import { settle } from "./stage.ts";
import { runTool } from "./tool.ts";
import type { Packaging } from "./writer.ts";

/** The scriptlets, templates in installers/linux/rpm/. */
export const rpmScripts = ["pre", "post", "preun", "postun"] as const;

const release = "1";

/** The name of the package's file. */
export const rpmName = (plan: PackagePlan, version: string, architecture: Architecture): string =>
  `${plan.name}-${packageVersion(version)}-${release}.${architectures[architecture].rpm}.rpm`;

/** Versions of symbols instead of packages' names: those differ between distributions. */
const requires = [
  `libc.so.6(GLIBC_${needs.glibc})(64bit)`,
  `libgcc_s.so.1(GCC_${needs.gcc})(64bit)`,
  `libstdc++.so.6(GLIBCXX_${needs.glibcxx})(64bit)`,
  `libstdc++.so.6(CXXABI_${needs.cxxabi})(64bit)`,
];

/** The lines of %files: every path with its mode, its owners, and what an upgrade does to it. */
export const rpmFiles = (plan: PackagePlan, files: readonly PackagedFile[]): readonly string[] => [
  ...plan.folders.map(
    ({ mode, owner, group, path }) => `%dir %attr(${octal(mode)}, ${owner}, ${group}) ${path}`,
  ),
  ...files.map(({ mode, target, config }) => {
    const kept = config === true ? "%config(noreplace) " : "";
    return `${kept}%attr(${octal(mode)}, root, root) /${target}`;
  }),
  ...plan.links.map(({ target }) => `/${target}`),
];

/** The spec file: only declarations; the files are copied from the staged folder. */
export const rpmSpec = (packaging: Packaging, scripts: ReadonlyMap<string, string>): string => {
  const { plan, version, stage } = packaging;
  const stateFolders = plan.folders.filter(({ state }) => state === true);
  return [
    // The executable's contents lie behind its sections: nothing may strip or repack it.
    "%define __strip /bin/true",
    "%define __os_install_post %{nil}",
    "%define debug_package %{nil}",
    "%define _build_id_links none",
    "%define _binary_payload w6.zstdio",
    "%define _buildhost vouchsafe",
    "%define use_source_date_epoch_as_buildtime 1",
    "%define clamp_mtime_to_source_date_epoch 1",
    `Name: ${plan.name}`,
    `Version: ${packageVersion(version)}`,
    `Release: ${release}`,
    `Summary: ${plan.summary}`,
    "License: Apache-2.0",
    "AutoReqProv: no",
    ...requires.map((name) => `Requires: ${name}`),
    "Requires(pre): /usr/sbin/useradd, /usr/sbin/groupadd, /usr/bin/getent",
    "%description",
    ...plan.description,
    "%install",
    `cp -al "${stage}/." "%{buildroot}"`,
    ...stateFolders.map(({ path }) => `mkdir -p "%{buildroot}${path}"`),
    ...[...scripts].flatMap(([name, text]) => [`%${name}`, text.trimEnd()]),
    "%files",
    "%defattr(-, root, root, 0755)",
    ...rpmFiles(plan, packaging.files),
    "",
  ].join("\n");
};

/**
 * Makes an .rpm of a staged package.
 *
 * @throws BuildError when rpmbuild fails
 */
export const writeRpm = async (packaging: Packaging): Promise<void> => {
  const { root, plan, version, architecture, stage, seconds, output } = packaging;
  const work = `${stage}.rpm`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  await settle(stage, seconds);
  const scripts = await maintainerScripts(root, "rpm", rpmScripts, plan);
  const spec = join(work, `${plan.name}.spec`);
  await writeFile(spec, rpmSpec(packaging, scripts));
  const machine = architectures[architecture].rpm;
  await runTool(
    "rpmbuild",
    ["-bb", "--quiet", "--target", `${machine}-linux`, "--define", `_topdir ${work}`, spec],
    seconds,
  );
  await rename(join(work, "RPMS", machine, rpmName(plan, version, architecture)), output);
  await rm(work, { recursive: true });
};
