/**
 * Lays a package's files out in a folder, as they will lie on a machine: modes as declared, every
 * time stamp the commit's, so that the same commit gives the same package.
 */
import {
  chmod,
  copyFile,
  lutimes,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { hashFile } from "../stamp.ts";
import type { PackagedFile, PackagePlan } from "./plan.ts";

/** The executable and what describes it. */
const executableFiles = (plan: PackagePlan, binary: string): readonly PackagedFile[] => {
  const documents = `usr/share/doc/${plan.name}`;
  return [
    { source: binary, target: `usr/bin/${plan.name}`, mode: 0o755 },
    { source: `${binary}.notices.txt`, target: `${documents}/NOTICES.txt`, mode: 0o644 },
    { source: `${binary}.cdx.json`, target: `${documents}/sbom.cdx.json`, mode: 0o644 },
  ];
};

const namesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder)).toSorted();

const manPages = async (root: string, name: string): Promise<readonly PackagedFile[]> => {
  const pages = (await namesIn(join(root, "dist/man"))).filter((page) =>
    [".", "-"].some((next) => page.startsWith(`${name}${next}`)),
  );
  return pages.map((page) => ({
    source: `dist/man/${page}`,
    target: `usr/share/man/man${page.at(-1)}/${page}.gz`,
    mode: 0o644,
    gzip: true,
  }));
};

const completions = (name: string): readonly PackagedFile[] =>
  [
    [`bash/${name}`, `bash-completion/completions/${name}`],
    [`zsh/_${name}`, `zsh/vendor-completions/_${name}`],
    [`fish/${name}.fish`, `fish/vendor_completions.d/${name}.fish`],
  ].map(([source, target]) => ({
    source: `dist/completions/${source}`,
    target: `usr/share/${target}`,
    mode: 0o644,
  }));

/**
 * All files of a package, with what the build makes for it: executable, licences, list of contents,
 * man pages and completions.
 *
 * @param binary the executable, relative to the project
 */
export const packagedFiles = async (
  root: string,
  plan: PackagePlan,
  binary: string,
): Promise<readonly PackagedFile[]> =>
  [
    ...executableFiles(plan, binary),
    ...plan.files,
    ...(await manPages(root, plan.name)),
    ...completions(plan.name),
  ].toSorted((a, b) => (a.target < b.target ? -1 : 1));

/** The sha256 of each file's source, in order: what a package is made from. */
export const hashSources = (root: string, files: readonly PackagedFile[]): Promise<string[]> =>
  Promise.all(files.map((file) => hashFile(join(root, file.source))));

const place = async (root: string, stage: string, file: PackagedFile): Promise<void> => {
  const [source, target] = [join(root, file.source), join(stage, file.target)];
  await mkdir(dirname(target), { recursive: true });
  if (file.gzip === true) {
    await writeFile(target, gzipSync(await readFile(source), { level: 9 }));
  } else {
    await copyFile(source, target);
  }
  await chmod(target, file.mode);
};

/** Gives everything below a folder, and itself, one time stamp; folders without a mode become 0755. */
export const settle = async (folder: string, seconds: number): Promise<void> => {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await settle(path, seconds);
    else await lutimes(path, seconds, seconds);
  }
  await chmod(folder, 0o755);
  await utimes(folder, seconds, seconds);
};

/**
 * Lays out files, links and configuration folders below `stage`, which is emptied first.
 *
 * @returns what they take on disk, in KiB as Debian counts: each file rounded up, each link 1
 */
export const stagePackage = async (
  root: string,
  stage: string,
  plan: PackagePlan,
  files: readonly PackagedFile[],
): Promise<number> => {
  await rm(stage, { recursive: true, force: true });
  let installedKiB = 0;
  for (const file of files) {
    await place(root, stage, file);
    installedKiB += Math.ceil((await stat(join(stage, file.target))).size / 1024);
  }
  for (const { target, to } of plan.links) {
    await mkdir(dirname(join(stage, target)), { recursive: true });
    await symlink(to, join(stage, target));
  }
  for (const { path } of plan.folders.filter(({ state }) => state === undefined)) {
    await mkdir(join(stage, path), { recursive: true });
  }
  return installedKiB + plan.links.length;
};
