/** Makes dist/packages/ from the executables: every package in every format that this machine can write. */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { packagePlans } from "../../installers/linux/packages.ts";
import { executablePath } from "../executable.ts";
import type { Identity } from "../identity.ts";
import type { Platform } from "../runtime.ts";
import { hashFile, hashTexts, isFresh, markFresh } from "../stamp.ts";
import { debName, debScripts, writeDeb } from "./deb.ts";
import type { Architecture, PackagePlan } from "./plan.ts";
import { rpmName, rpmScripts, writeRpm } from "./rpm.ts";
import { hashSources, packagedFiles, stagePackage } from "./stage.ts";
import { hasTool } from "./tool.ts";
import type { Packaging } from "./writer.ts";

/** A package format: how its files are called, what writes them, and what decides their contents. */
export interface Format {
  readonly kind: "deb" | "rpm";
  readonly tool: string;
  readonly nameOf: (plan: PackagePlan, version: string, architecture: Architecture) => string;
  readonly write: (packaging: Packaging) => Promise<void>;
  readonly scripts: readonly string[];
}

export const formats: readonly Format[] = [
  { kind: "deb", tool: "dpkg-deb", nameOf: debName, write: writeDeb, scripts: debScripts },
  { kind: "rpm", tool: "rpmbuild", nameOf: rpmName, write: writeRpm, scripts: rpmScripts },
];

/** The sha256 over the code and scripts that write a format. */
const hashWriter = async (root: string, { kind, scripts }: Format): Promise<string> => {
  const code = ["plan.ts", "scripts.ts", "stage.ts", "tool.ts", `${kind}.ts`];
  const paths = [
    ...code.map((name) => join(import.meta.dirname, name)),
    ...scripts.map((name) => join(root, "installers/linux", kind, name)),
  ];
  return hashTexts(await Promise.all(paths.map(hashFile)));
};

/** One package for one kind of machine. */
export interface Job {
  readonly plan: PackagePlan;
  readonly architecture: Architecture;
}

/**
 * Makes one package in some formats, where it is not fresh.
 *
 * @returns a line to print for each format
 * @throws BuildError when a tool fails
 */
export const makePackages = async (
  root: string,
  identity: Identity,
  { plan, architecture }: Job,
  available: readonly Format[],
): Promise<string[]> => {
  const platform: Platform = `linux-${architecture}`;
  const binary = executablePath({ program: plan.program, platform });
  const files = await packagedFiles(root, plan, binary);
  const { version, committedAt: seconds = 0 } = identity;
  const stage = join(root, "dist", `.stage-${plan.name}-${architecture}`);
  const facts = [JSON.stringify(plan), JSON.stringify(files), version, String(seconds)];
  const sources = hashTexts([...facts, ...(await hashSources(root, files))]);

  const lines: string[] = [];
  let installedKiB: number | undefined;
  for (const format of available) {
    const name = `dist/packages/${format.nameOf(plan, version, architecture)}`;
    const output = join(root, name);
    const inputs = hashTexts([sources, await hashWriter(root, format)]);
    if (await isFresh(output, inputs)) {
      lines.push(`${name}  unchanged`);
      continue;
    }
    installedKiB ??= await stagePackage(root, stage, plan, files);
    const made = `${output}.new`;
    await mkdir(dirname(output), { recursive: true });
    await format.write({
      root,
      plan,
      files,
      version,
      architecture,
      stage,
      installedKiB,
      seconds,
      output: made,
    });
    await rename(made, output);
    await markFresh(output, inputs);
    lines.push(name);
  }
  await rm(stage, { recursive: true, force: true });
  return lines;
};

/** Works through jobs, two at a time: a build machine has two cores, and each takes 300 MB. */
const twoAtATime = async (
  jobs: readonly Job[],
  work: (job: Job) => Promise<string[]>,
): Promise<string[]> => {
  const results: string[][] = [];
  const waiting = [...jobs.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all([worker(), worker()]);
  return results.flat();
};

/** Removes packages of other versions, so that nobody installs the wrong one. */
const removeOthers = async (
  root: string,
  { version }: Identity,
  jobs: readonly Job[],
): Promise<void> => {
  const folder = join(root, "dist/packages");
  const current = jobs.flatMap(({ plan, architecture }) =>
    formats.map(({ nameOf }) => nameOf(plan, version, architecture)),
  );
  for (const name of await readdir(folder)) {
    if (!/\.(deb|rpm)(\.\w+)?$/.test(name)) continue;
    if (current.some((known) => name === known || name === `${known}.stamp`)) continue;
    await rm(join(folder, name));
  }
};

/**
 * Makes all packages that are not fresh, for the machines whose executables were built.
 *
 * @param platforms those machines
 * @returns a line to print for each package, and for each format that is left out
 * @throws BuildError when a tool fails
 */
export const buildPackages = async (
  root: string,
  identity: Identity,
  platforms: ReadonlySet<Platform>,
): Promise<string[]> => {
  const [available, lines]: [Format[], string[]] = [[], []];
  for (const format of formats) {
    if (await hasTool(format.tool)) available.push(format);
    else lines.push(`dist/packages/*.${format.kind}  left out: ${format.tool} is not installed`);
  }
  const jobs = packagePlans.flatMap((plan) =>
    plan.architectures
      .filter((architecture) => platforms.has(`linux-${architecture}`))
      .map((architecture) => ({ plan, architecture })),
  );
  const work = (job: Job) => makePackages(root, identity, job, available);
  const made = await twoAtATime(jobs, work);
  if (made.length > 0) await removeOthers(root, identity, jobs);
  return [...made, ...lines];
};
