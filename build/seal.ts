/**
 * seal.ts PLAN (JSON): puts a bundle into a copy of the runtime. A process of its own, because the
 * packager changes the working directory, talks on standard output, and finds runtimes below HOME.
 *
 * The packager's function is called instead of its command line, which can neither be asked for
 * embedded files nor for a code cache: V8's compiled form of the bundle, which saves a third of the
 * CPU time of a start.
 */
import childProcess, { execFile } from "node:child_process";
import { z } from "zod";

/** What is sealed. The packager works in a folder inside TMPDIR, where all that is named here lies. */
const planSchema = z.strictObject({
  nodeVersion: z.string(),
  platform: z.enum(["linux", "win"]),
  architecture: z.enum(["x64", "arm64"]),
  /** Absolute path of the bundle. */
  bundle: z.string(),
  /** The bundle's name in the executable, relative to the packager's folder: no absolute path gets in. */
  main: z.string(),
  /** Name → path of each embedded file, relative likewise. */
  assets: z.record(z.string(), z.string()),
  /** Options of the runtime inside. */
  execArgv: z.array(z.string()),
  output: z.string(),
});

const { nodeVersion, platform, architecture, bundle, main, assets, execArgv, output } =
  planSchema.parse(JSON.parse(process.argv[2] ?? ""));

// V8 orders what it caches by hashes with a random seed. With a fixed one the same bundle gives the
// same bytes; at run time the seed is random again. The packager takes no options for the runtime
// that makes the cache, but it starts it by this function.
const seeded = (file: string, args: readonly string[], done: () => void) =>
  execFile(file, ["--random-seed=1", ...args], done);
Object.assign(childProcess, { execFile: seeded });
const { default: packager } = await import("@yao-pkg/pkg/lib-es5/sea.js");

const seaConfig = {
  disableExperimentalSEAWarning: true,
  useSnapshot: false,
  // A code cache is only good on the kind of machine that made it.
  useCodeCache: platform === process.platform && architecture === process.arch,
  execArgv,
  main,
  assets,
};
await packager.default(bundle, {
  targets: [{ nodeRange: `node${nodeVersion}`, platform, arch: architecture, output }],
  seaConfig,
});
