/** Runs the tools that make packages. */
import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { BuildError } from "../build-error.ts";
import { stringProperty } from "../identity.ts";

const run = promisify(execFile);

/** Whether a tool can be started. */
export const hasTool = async (program: string): Promise<boolean> => {
  try {
    await run(program, ["--version"]);
    return true;
  } catch (error) {
    return stringProperty(error, "code") !== "ENOENT";
  }
};

/**
 * Runs a tool to its end.
 *
 * @param seconds since 1970: the moment that the package says it was made
 * @throws BuildError with what the tool printed when it fails
 */
export const runTool = async (
  program: string,
  args: readonly string[],
  seconds: number,
): Promise<void> => {
  const env = { ...process.env, LC_ALL: "C", SOURCE_DATE_EPOCH: String(seconds) };
  try {
    await run(program, [...args], { env });
  } catch (error) {
    throw new BuildError(`${program} failed: ${stringProperty(error, "stderr")?.trim() ?? ""}`);
  }
};
