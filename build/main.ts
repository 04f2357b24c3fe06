/**
 * The build: bundles first, then what is made of them. Each step is a file beside this one, takes
 * the project's root, and can be run again at no cost when nothing changed.
 */
import { BuildError } from "./build-error.ts";
import { bundlePrograms } from "./bundle.ts";
import { buildConsolePage } from "./console-page.ts";
import { buildExecutables } from "./executables.ts";
import { buildHelpFiles } from "./help-files.ts";
import { readIdentity } from "./identity.ts";
import { buildPackages } from "./package/build-packages.ts";
import { buildInstaller } from "./windows/installer.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const usage = "usage: node build.mjs [--package]";

/**
 * Builds the project.
 *
 * @param root the project's folder
 * @param args the command line without interpreter and script
 * @returns the exit code: 0 built, 1 failed, 2 wrong usage
 */
export const build = async (root: string, args: readonly string[]): Promise<number> => {
  if (args.some((arg) => arg !== "--package")) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  try {
    const identity = await readIdentity(root);
    const bundles = await bundlePrograms(root, identity);
    for (const { line } of bundles) say(line);
    const page = await buildConsolePage(root);
    say("dist/console-web/");
    for (const line of await buildHelpFiles(root, identity)) say(line);
    if (args.includes("--package")) {
      const { lines, platforms } = await buildExecutables(root, identity, bundles, page);
      for (const line of lines) say(line);
      for (const line of await buildPackages(root, identity, platforms)) say(line);
      if (platforms.has("win-x64")) {
        for (const line of await buildInstaller(root, identity)) say(line);
      }
    }
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`build: ${error.message}\n`);
    return 1;
  }
};
