/** The agent as one executable for Linux x64: the bundle inside the pinned runtime. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "./build-error.ts";
import { bundlePath } from "./bundle.ts";
import { stringProperty } from "./identity.ts";
import { findRuntime, type Runtime } from "./runtime.ts";
import { hashFile, hashTexts, isFresh, markFresh } from "./stamp.ts";

const run = promisify(execFile);

/** Where the executable lies. */
const executablePath = (root: string): string => join(root, "dist/vouchsafe-agent");

/** What a failed child process printed, or the error's message. */
const outputOf = (error: unknown): string => {
  const printed = `${stringProperty(error, "stdout") ?? ""}${stringProperty(error, "stderr") ?? ""}`;
  return printed.trim() || (error instanceof Error ? error.message : String(error));
};

/**
 * Seals aside and moves the result to its place at once, so that nobody runs half of it. What is
 * moved is a copy: a file that was written in one piece lies in the page cache in such large pages
 * that 20 MB more of it count as resident. An installed file is a copy, too.
 */
const seal = async (root: string, runtime: Runtime, output: string): Promise<void> => {
  const [made, copy] = [`${output}.new`, `${output}.copy`];
  const script = join(import.meta.dirname, "seal.ts");
  const bundle = bundlePath(root, "agent");
  try {
    await run(process.execPath, [script, runtime.path, runtime.version, bundle, made]);
    await copyFile(made, copy);
    await run(copy, ["--version"], { timeout: 30_000 });
    await rename(copy, output);
  } catch (error) {
    throw new BuildError(`The agent's executable could not be made: ${outputOf(error)}`);
  } finally {
    await rm(made, { force: true });
    await rm(copy, { force: true });
  }
};

/**
 * Makes dist/vouchsafe-agent unless it is fresh, and runs it once.
 *
 * @returns a line to print
 * @throws BuildError when the runtime is missing or not the pinned one, or the packager fails
 */
export const buildExecutable = async (root: string): Promise<string> => {
  const output = executablePath(root);
  await mkdir(join(root, "dist"), { recursive: true });
  const runtime = await findRuntime(root);
  const manifest: unknown = JSON.parse(
    await readFile(join(root, "node_modules/@yao-pkg/pkg/package.json"), "utf8"),
  );
  const inputs = hashTexts([
    await hashFile(bundlePath(root, "agent")),
    await hashFile(join(import.meta.dirname, "seal.ts")),
    await hashFile(import.meta.filename),
    runtime.sha256,
    stringProperty(manifest, "version") ?? "",
  ]);
  if (await isFresh(output, inputs)) return "dist/vouchsafe-agent  unchanged";
  await seal(root, runtime, output);
  await markFresh(output, inputs);
  return `dist/vouchsafe-agent  with Node.js ${runtime.version}`;
};
