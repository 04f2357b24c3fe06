/** What a build calls itself: the version of package.json and the commit it was made from. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BuildError } from "./build-error.ts";

const run = promisify(execFile);

/** Version and commit, compiled into each program. */
export interface Identity {
  readonly version: string;
  /** Full commit id, with `-dirty` if tracked files differ from it; `unknown` outside a clone. */
  readonly commit: string;
  /** When that commit was made, seconds since 1970; undefined outside a clone. */
  readonly committedAt?: number;
}

/** The string property `name` of a parsed JSON object, if it has one. */
export const stringProperty = (value: unknown, name: string): string | undefined => {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  const found: unknown = Reflect.get(value, name);
  return typeof found === "string" ? found : undefined;
};

const readCommit = async (root: string): Promise<string> => {
  try {
    const head = await run("git", ["-C", root, "rev-parse", "HEAD"]);
    const status = await run("git", ["-C", root, "status", "--porcelain", "-uno"]);
    return head.stdout.trim() + (status.stdout.trim() === "" ? "" : "-dirty");
  } catch {
    return "unknown"; // an unpacked archive, or a machine without git
  }
};

const readCommitTime = async (root: string): Promise<number | undefined> => {
  try {
    const { stdout } = await run("git", ["-C", root, "log", "-1", "--format=%ct"]);
    return Number(stdout);
  } catch {
    return undefined;
  }
};

/** Reads version and commit of the project in `root`. */
export const readIdentity = async (root: string): Promise<Identity> => {
  const manifest: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const version = stringProperty(manifest, "version");
  if (version === undefined) throw new BuildError("package.json has no version.");
  const committedAt = await readCommitTime(root);
  const commit = await readCommit(root);
  return { version, commit, ...(committedAt === undefined ? {} : { committedAt }) };
};
