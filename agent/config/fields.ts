/** Schema fields of the agent's configuration that appear more than once; every one is bounded. */
import { dirname, isAbsolute } from "node:path";
import { array, maxLength, minLength, refine, string, tuple } from "zod/mini";

const controls = /\p{Cc}/u;
const maxPathLength = 1024;
const maxUrlLength = 2048;
const maxArguments = 64;
const maxArgumentLength = 4096;

const plainText = refine<string>((text) => !controls.test(text) && text.isWellFormed(), {
  error: "must not hold control characters",
});

/** A path that does not depend on where the agent was started; not the root of the file system. */
export const absolutePath = string().check(
  maxLength(maxPathLength),
  refine((path) => isAbsolute(path) && dirname(path) !== path, {
    error: "must be an absolute path",
    abort: true,
  }),
  plainText,
);

/** A program and its arguments, as a list: no shell takes it apart. */
export const argv = tuple([absolutePath], string().check(maxLength(maxArgumentLength), plainText), {
  error: (issue) =>
    issue.code === "invalid_type"
      ? 'must be a list: the program, then its arguments, such as ["/usr/bin/test", "-f", "x"]'
      : undefined,
}).check(
  refine((words) => words.length <= maxArguments, {
    error: `must have at most ${maxArguments} items`,
  }),
);

/** Why an address cannot be used, or undefined. */
function addressProblem(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    return "must be an http or https address";
  }
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  if (url.search !== "" || url.hash !== "") return 'must not hold "?" or "#"';
  return undefined;
}

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Why an address cannot be a console's, or undefined. */
function consoleProblem(address: string): string | undefined {
  const problem = addressProblem(address);
  if (problem !== undefined) return problem;
  const url = new URL(address);
  if (url.pathname !== "/") return "must be only scheme, host and port";
  if (url.protocol === "http:" && !loopback.has(url.hostname)) {
    return "must be https: only a console on this machine may be reached by http";
  }
  return undefined;
}

const address = (problemOf: (text: string) => string | undefined) =>
  string().check(
    maxLength(maxUrlLength),
    refine((text) => problemOf(text) === undefined, {
      error: (issue) => (typeof issue.input === "string" ? problemOf(issue.input) : undefined),
      abort: true,
    }),
  );

/** The base address of a repository; http will do, because every byte is checked. */
export const repositoryUrl = address(addressProblem);

/** The address of a console. */
export const consoleUrl = address(consoleProblem);

/** A list of 1 to 16 mirrors. */
export const mirrorList = array(repositoryUrl).check(
  minLength(1),
  maxLength(16),
  refine((urls) => new Set(urls).size === urls.length, { error: "names a mirror twice" }),
);
