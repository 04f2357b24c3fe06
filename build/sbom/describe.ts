/** Writes beside an executable what is inside it: NAME.cdx.json and NAME.notices.txt. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { bundlePath } from "../bundle.ts";
import { type ExecutablePlan, executablePath } from "../executable.ts";
import type { Identity } from "../identity.ts";
import type { Runtime } from "../runtime.ts";
import { hashFile } from "../stamp.ts";
import { type Contents, ourselves } from "./contents.ts";
import { cycloneDx } from "./cyclonedx.ts";
import { collectRuntimeNotices, readPackages } from "./packages.ts";

const run = promisify(execFile);

/** Numbers of interfaces and data files, not versions of libraries. */
const notLibraries = new Set(["node", "modules", "napi", "unicode", "cldr", "tz"]);

const librariesOf = async (own: Runtime): Promise<Readonly<Record<string, string>>> => {
  const { stdout } = await run(own.path, ["-p", "JSON.stringify(process.versions)"]);
  const versions = z.record(z.string(), z.string()).parse(JSON.parse(stdout));
  return Object.fromEntries(
    Object.entries(versions)
      .filter(([name, version]) => version !== "" && !notLibraries.has(name))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
};

/**
 * Describes one executable.
 *
 * @param contents the packages inside its bundle, and inside the files that it embeds
 * @param own the runtime of this machine: it tells what every build of its version contains
 * @returns a line to print
 * @throws BuildError when a bundled package does not say what it is
 */
export const describeExecutable = async (
  root: string,
  plan: ExecutablePlan,
  contents: Contents,
  identity: Identity,
  runtimes: { readonly inside: Runtime; readonly own: Runtime },
): Promise<string> => {
  const name = executablePath(plan);
  const { inside, own } = runtimes;
  const { packages, importedBy } = await readPackages(root, contents);
  const document = cycloneDx({
    name: `vouchsafe-${plan.program}`,
    version: identity.version,
    commit: identity.commit,
    platform: plan.platform,
    seconds: identity.committedAt ?? 0,
    sha256: await hashFile(join(root, name)),
    bundleSha256: await hashFile(bundlePath(root, plan.program)),
    packages,
    dependsOn: importedBy(ourselves),
    runtime: {
      version: inside.version,
      sha256: inside.sha256,
      libraries: await librariesOf(own),
    },
  });
  await writeFile(join(root, `${name}.cdx.json`), `${JSON.stringify(document, null, 2)}\n`);
  const notices = await collectRuntimeNotices(root, contents, inside);
  await writeFile(join(root, `${name}.notices.txt`), notices);
  return `${name}.cdx.json  ${packages.length} packages`;
};
