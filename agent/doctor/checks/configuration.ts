/** The configuration itself: it was loaded; what it names must be there and be nobody else's. */
import type { FileSystem } from "../../../host/file-system.ts";
import { errnoOf } from "../../../protocol/errors.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";

/** The address in the file that the packages install. */
const exampleHost = /(^|\.)example\.(com|org|net)$/;

const writableByOthers = 0o022;

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

async function ownFile(fs: FileSystem, path: string): Promise<readonly Finding[]> {
  if (!path.startsWith("/")) return []; // from standard input
  const { mode } = await fs.stat(path);
  if ((mode & writableByOthers) === 0) return [];
  const message = `${path} may be written by others than its owner (mode ${mode.toString(8)}).`;
  return [failure("disk.permission", message, `Run chmod go-w ${path}.`)];
}

async function namedFile(fs: FileSystem, key: string, path: string): Promise<readonly Finding[]> {
  try {
    if ((await fs.stat(path)).kind === "file") return [];
    return [failure("config.invalid", `"${key}": ${path} is not a file.`)];
  } catch (error) {
    const why =
      errnoOf(error) === "ENOENT" ? "does not exist" : `cannot be looked at (${errnoOf(error)})`;
    return [failure("config.invalid", `"${key}": ${path} ${why}.`)];
  }
}

export const configurationCheck: Check = {
  id: "configuration",
  title: "agent.yaml and what it names: readable, and writable by nobody else",
  run: async ({ config, fs }) => {
    const { path, repository, databases, transfer } = config;
    const authorities = [
      ["transfer.ca", transfer.ca],
      ["console.ca", config.console?.ca],
    ] as const;
    const findings: Finding[] = [...(await ownFile(fs, path))];
    for (const [key, file] of authorities) {
      if (file !== undefined) findings.push(...(await namedFile(fs, key, file)));
    }
    const example = repository.urls.find((url) => exampleHost.test(new URL(url).hostname));
    if (example !== undefined) {
      const message = `The repository is still the example ${example}.`;
      findings.push(warning(message, `Set repository.url in ${path} to your vendor's address.`));
    }
    if (findings.length > 0) return findings;
    const mirrors = plural(repository.urls.length, "mirror");
    return [ok(`${path} is good: ${plural(databases.size, "database")}, ${mirrors}.`)];
  },
};
