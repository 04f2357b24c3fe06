/** Each program as one executable: its bundle, and what it serves, inside the pinned runtime. */
import { execFile } from "node:child_process";
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "./build-error.ts";
import { bundlePath } from "./bundle.ts";
import { stringProperty } from "./identity.ts";
import type { Platform, Runtime } from "./runtime.ts";
import { hashFile, hashTexts, isFresh, markFresh } from "./stamp.ts";

const run = promisify(execFile);

/** An executable to make. */
export interface ExecutablePlan {
  readonly program: "agent" | "publisher" | "console";
  readonly platform: Platform;
  /** A folder below dist/ whose files the program finds inside itself, under the folder's name. */
  readonly embedded?: string;
}

/** Every executable that is built. */
export const executablePlans: readonly ExecutablePlan[] = [
  { program: "agent", platform: "linux-x64" },
  { program: "publisher", platform: "linux-x64" },
  { program: "console", platform: "linux-x64", embedded: "console-web" },
  { program: "agent", platform: "linux-arm64" },
  { program: "agent", platform: "win-x64" },
];

/** Options of the runtime inside. */
const runtimeOptions = ({ program }: ExecutablePlan): readonly string[] => [
  // Else that signal, from root or the same user, opens a debugger inside the service.
  "--disable-sigusr1",
  // MiB. The agent is small in memory before it is quick: 7 MB less for an update, 5 MB for a service.
  ...(program === "agent" ? ["--max-semi-space-size=1"] : []),
];

/** Where an executable lies, relative to the project: our own kind of machine's in dist/ itself. */
export const executablePath = ({ program, platform }: ExecutablePlan): string => {
  const name = `vouchsafe-${program}${platform === "win-x64" ? ".exe" : ""}`;
  return platform === "linux-x64" ? `dist/${name}` : `dist/${platform}/${name}`;
};

/** What a failed child process printed, or the error's message. */
const outputOf = (error: unknown): string => {
  const printed = `${stringProperty(error, "stdout") ?? ""}${stringProperty(error, "stderr") ?? ""}`;
  return printed.trim() || (error instanceof Error ? error.message : String(error));
};

/** Puts the runtimes where the packager looks for those that it downloaded before. */
const seedRuntimes = async (home: string, runtimes: readonly Runtime[]): Promise<void> => {
  const cache = join(home, ".pkg-cache/sea");
  for (const { platform, version, path } of runtimes) {
    const name = `node-v${version}-${platform}`;
    const isWindows = platform === "win-x64";
    const runtime = isWindows ? `${name}.exe` : `${name}/bin/node`;
    const archive = `${name}.${isWindows ? "zip" : "tar.gz"}`;
    await mkdir(dirname(join(cache, runtime)), { recursive: true });
    await symlink(path, join(cache, runtime));
    for (const empty of [`${runtime}.ok`, archive, `${archive}.ok`]) {
      await writeFile(join(cache, empty), "");
    }
  }
};

/** Name inside the executable → file relative to the project. */
const assetsOf = async (
  root: string,
  { embedded }: ExecutablePlan,
): Promise<Readonly<Record<string, string>>> => {
  if (embedded === undefined) return {};
  const names = (await readdir(join(root, "dist", embedded))).toSorted();
  return Object.fromEntries(
    names.map((name) => [`${embedded}/${name}`, `dist/${embedded}/${name}`]),
  );
};

/** The file inside every executable that tells the sha256 of its bundle. */
const hashAsset = "bundle.sha256";

/**
 * Lays out what the packager needs in a folder of its own and lets it work there. All names that go
 * into the executable are relative to that folder, so its place does not matter.
 */
const seal = async (
  root: string,
  plan: ExecutablePlan,
  runtime: Runtime,
  own: Runtime,
  made: string,
): Promise<void> => {
  const stage = `${made}.stage`;
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  try {
    const bundle = join(stage, `vouchsafe-${plan.program}.cjs`);
    await copyFile(bundlePath(root, plan.program), bundle);
    await writeFile(join(stage, hashAsset), await hashFile(bundle));
    const assets: Record<string, string> = { [hashAsset]: `../${hashAsset}` };
    for (const [name, source] of Object.entries(await assetsOf(root, plan))) {
      await mkdir(dirname(join(stage, name)), { recursive: true });
      await copyFile(join(root, source), join(stage, name));
      assets[name] = `../${name}`;
    }
    await seedRuntimes(stage, runtime === own ? [own] : [own, runtime]);
    const [platform, architecture] = runtime.platform.split("-");
    const sealing = {
      nodeVersion: runtime.version,
      platform,
      architecture,
      bundle,
      main: `../vouchsafe-${plan.program}.cjs`,
      assets,
      execArgv: runtimeOptions(plan),
      output: made,
    };
    const script = join(import.meta.dirname, "seal.ts");
    const env = { ...process.env, HOME: stage, TMPDIR: stage };
    await run(own.path, [script, JSON.stringify(sealing)], { env });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
};

/** Starts an executable once. It must say nothing else: a refused code cache is a warning, too. */
const tryOut = async (path: string): Promise<void> => {
  const { stderr } = await run(path, ["--version"], { timeout: 60_000 });
  if (stderr !== "") throw new BuildError(`it starts with a warning: ${stderr.trim()}`);
};

/**
 * Makes one executable unless it is fresh, and runs it once if this machine can. It is sealed aside
 * and moved to its place at once, so that nobody runs half of it. What is moved is a copy: a file
 * that was written in one piece lies in the page cache in such large pages that 20 MB more of it
 * count as resident. An installed file is a copy, too.
 *
 * @param runtime what goes inside
 * @param own the runtime of this machine, which does the work
 * @returns a line to print
 * @throws BuildError when the packager fails or the executable does not start cleanly
 */
export const buildExecutable = async (
  root: string,
  plan: ExecutablePlan,
  runtime: Runtime,
  own: Runtime,
): Promise<string> => {
  const name = executablePath(plan);
  const output = join(root, name);
  await mkdir(dirname(output), { recursive: true });
  const manifest: unknown = JSON.parse(
    await readFile(join(root, "node_modules/@yao-pkg/pkg/package.json"), "utf8"),
  );
  const assets = Object.entries(await assetsOf(root, plan));
  const inputs = hashTexts([
    await hashFile(bundlePath(root, plan.program)),
    ...assets.map(([asset]) => asset),
    ...(await Promise.all(assets.map(([, source]) => hashFile(join(root, source))))),
    await hashFile(join(import.meta.dirname, "seal.ts")),
    await hashFile(import.meta.filename),
    runtime.sha256,
    stringProperty(manifest, "version") ?? "",
  ]);
  if (await isFresh(output, inputs)) return `${name}  unchanged`;
  const [made, copy] = [`${output}.new`, `${output}.copy`];
  try {
    await seal(root, plan, runtime, own, made);
    await copyFile(made, copy);
    if (runtime.platform === own.platform) await tryOut(copy);
    await rename(copy, output);
  } catch (error) {
    throw new BuildError(`${name} could not be made: ${outputOf(error)}`);
  } finally {
    await rm(made, { force: true });
    await rm(copy, { force: true });
  }
  await markFresh(output, inputs);
  return `${name}  with Node.js ${runtime.version}`;
};
