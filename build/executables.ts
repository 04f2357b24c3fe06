/** All executables, each with its list of contents and its licences. */
import type { Metafile } from "esbuild";
import type { Bundle } from "./bundle.ts";
import { buildExecutable, executablePath, executablePlans } from "./executable.ts";
import type { Identity } from "./identity.ts";
import { findRuntime, foreignRuntime, type Platform } from "./runtime.ts";
import { contentsOf } from "./sbom/contents.ts";
import { describeExecutable } from "./sbom/describe.ts";
import { brandRuntime } from "./windows/brand.ts";

/**
 * Makes every executable whose runtime can be had; one after the other, because each takes much memory.
 *
 * @param bundles what the programs' bundles are made of
 * @param page what the page inside the console is made of
 * @returns lines to print, and the machines for which there are executables now
 * @throws BuildError when this machine's runtime is missing, or something cannot be made
 */
export const buildExecutables = async (
  root: string,
  identity: Identity,
  bundles: readonly Bundle[],
  page: Metafile,
): Promise<{ readonly lines: string[]; readonly platforms: ReadonlySet<Platform> }> => {
  const own = await findRuntime(root);
  const lines: string[] = [];
  const platforms = new Set<Platform>();
  for (const plan of executablePlans) {
    const inside =
      plan.platform === own.platform ? own : await foreignRuntime(root, plan.platform, own);
    if (typeof inside === "string") {
      lines.push(`${executablePath(plan)}  left out: ${inside}`);
      continue;
    }
    const made = plan.platform === "win-x64" ? await brandRuntime(root, identity, inside) : inside;
    lines.push(await buildExecutable(root, plan, made, own));
    const metafiles = bundles
      .filter(({ program }) => program === plan.program)
      .map(({ metafile }) => metafile);
    if (plan.embedded !== undefined) metafiles.push(page);
    const runtimes = { inside, own };
    lines.push(await describeExecutable(root, plan, contentsOf(metafiles), identity, runtimes));
    platforms.add(plan.platform);
  }
  return { lines, platforms };
};
