/**
 * The build: bundles first, then what is made of them. Each step is a file beside this one, takes
 * the project's root, and can be run again at no cost when nothing changed.
 */
import { BuildError } from "./build-error.ts";
import { bundlePrograms } from "./bundle.ts";
import { buildConsolePage } from "./console-page.ts";
import { buildDebianPackage } from "./debian-package.ts";
import { buildExecutable } from "./executable.ts";
import { buildHelpFiles } from "./help-files.ts";
import { readIdentity } from "./identity.ts";

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
    for (const line of await bundlePrograms(root, identity)) say(line);
    for (const line of await buildConsolePage(root)) say(line);
    for (const line of await buildHelpFiles(root, identity)) say(line);
    if (args.includes("--package")) {
      say(await buildExecutable(root));
      say(await buildDebianPackage(root, identity));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`build: ${error.message}\n`);
    return 1;
  }
};
