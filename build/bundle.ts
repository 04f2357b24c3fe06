/**
 * Bundles each program into one CommonJS file: what a single executable can hold, and what starts
 * without a walk through node_modules.
 */
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build as esbuild, type Metafile } from "esbuild";
import { BuildError } from "./build-error.ts";
import type { Identity } from "./identity.ts";
import { contentsOf } from "./sbom/contents.ts";
import { collectNotices } from "./sbom/packages.ts";
import { workerSourcePlugin } from "./worker-source.ts";

/** The programs that exist; the name of each is also its folder. */
const programs = ["agent", "publisher", "console"] as const;

/** A program's bundle. */
export interface Bundle {
  readonly program: string;
  /** A line to print. */
  readonly line: string;
  /** What esbuild put into it. */
  readonly metafile: Metafile;
}

/** Where the bundle of a program lies. */
export const bundlePath = (root: string, program: string): string =>
  join(root, "dist", `vouchsafe-${program}.cjs`);

/** got's type checks make two list formatters when they are loaded: 9 ms, for messages hardly ever seen. */
const banner = [
  '"use strict";',
  'const vouchsafeBundleUrl = require("node:url").pathToFileURL(__filename).href;',
  "class VouchsafeListFormat {",
  "  constructor(...words) { this.words = words; }",
  "  format(list) { return (this.real ??= new Intl.ListFormat(...this.words)).format(list); }",
  "}",
].join("\n");

/** How a program is bundled, into dist/ unless `outfile` is replaced. */
export const bundleOptions = (root: string, program: string, identity: Identity): BuildOptions => ({
  absWorkingDir: root,
  entryPoints: [`${program}/main.ts`],
  outfile: bundlePath(root, program),
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node24",
  // Inside one executable only `require` finds the built-in modules without the module loader.
  supported: { "dynamic-import": false },
  define: {
    VOUCHSAFE_COMMIT: JSON.stringify(identity.commit),
    VOUCHSAFE_COMMITTED_AT: JSON.stringify(identity.committedAt ?? 0),
    // node-cron reads import.meta.url when it is loaded; CommonJS has none.
    "import.meta.url": "vouchsafeBundleUrl",
    "Intl.ListFormat": "VouchsafeListFormat",
  },
  banner: { js: banner },
  plugins: [workerSourcePlugin],
  minifyWhitespace: true,
  legalComments: "none", // the notices file carries the licences whole
  charset: "ascii", // V8 keeps such a source in half the memory
  logLevel: "silent",
});

const requireEntry = async (root: string, program: string): Promise<void> => {
  try {
    await access(join(root, program, "main.ts"));
  } catch {
    throw new BuildError(`The entry ${program}/main.ts is missing.`);
  }
};

const bundleProgram = async (
  root: string,
  program: string,
  identity: Identity,
): Promise<Bundle> => {
  await requireEntry(root, program);
  const options = { ...bundleOptions(root, program, identity), metafile: true as const };
  const result = await esbuild(options).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BuildError(`${program} could not be bundled: ${reason}`);
  });
  const [warning] = result.warnings;
  if (warning !== undefined) {
    const place = warning.location;
    const where = place === null ? "" : ` (${place.file}:${place.line})`;
    throw new BuildError(`${program} bundles with a warning: ${warning.text}${where}`);
  }
  const { metafile } = result;
  const notices = await collectNotices(root, contentsOf([metafile]));
  await writeFile(`${bundlePath(root, program)}.notices.txt`, notices);
  const [bytes = 0] = Object.values(metafile.outputs).map((output) => output.bytes);
  const line = `dist/vouchsafe-${program}.cjs  ${Math.round(bytes / 1000)} kB`;
  return { program, line, metafile };
};

/**
 * Bundles every program into dist/, each with the licences of what is inside.
 *
 * @throws BuildError when an entry is missing or esbuild complains
 */
export const bundlePrograms = async (root: string, identity: Identity): Promise<Bundle[]> => {
  await mkdir(join(root, "dist"), { recursive: true });
  const bundles: Bundle[] = [];
  for (const program of programs) bundles.push(await bundleProgram(root, program, identity));
  return bundles;
};
