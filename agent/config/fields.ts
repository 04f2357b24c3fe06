/** Schema fields of the agent's configuration that appear more than once; every one is bounded. */
import { dirname, isAbsolute } from "node:path";
import { array, maxLength, minLength, refine, string, tuple } from "zod/mini";
import { toVouchsafeError } from "../../protocol/errors.ts";
import { checkPath } from "../../protocol/release/names.ts";
import type { SocketAddress } from "./types.ts";

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

/** A user of the machine, as `useradd` takes it. */
export const userName = string().check(
  refine((name) => /^[a-z_][a-z0-9_-]{0,31}$/.test(name), {
    error: "must be the name of a user",
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

/** Whether the host of an address is this machine. */
export function isLoopback(hostname: string): boolean {
  return loopback.has(hostname);
}

/** Why an address cannot be a console's, or undefined. */
function consoleProblem(address: string): string | undefined {
  const problem = addressProblem(address);
  if (problem !== undefined) return problem;
  const url = new URL(address);
  if (url.pathname !== "/") return "must be only scheme, host and port";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    return "must be https: only a console on this machine may be reached by http";
  }
  return undefined;
}

/** A path inside a database: one that a release may have. */
export const databasePath = string().check(
  maxLength(maxPathLength),
  refine((path) => pathProblem(path) === undefined, {
    error: (issue) => (typeof issue.input === "string" ? pathProblem(issue.input) : undefined),
  }),
);

function pathProblem(path: string): string | undefined {
  try {
    checkPath(path);
    return undefined;
  } catch (error) {
    return toVouchsafeError(error).message.replace(/\.$/, "");
  }
}

const loopbackPort = /^(localhost|127\.0\.0\.1|\[::1\]):([1-9][0-9]{0,4})$/;

/** Host and port of an address on this machine; undefined if it is none. */
function loopbackPortOf(
  text: string,
): { readonly host: string; readonly port: number } | undefined {
  const [, name, digits] = loopbackPort.exec(text) ?? [];
  if (name === undefined || Number(digits) > 65_535) return undefined;
  return { host: name === "[::1]" ? "::1" : name, port: Number(digits) };
}

/** A clamd's socket: a path, or a port on this machine, because its protocol proves nothing. */
export const clamdAddress = string().check(
  maxLength(maxPathLength),
  refine((text) => isAbsolute(text) || loopbackPortOf(text) !== undefined, {
    error: "must be an absolute path, or a port of this machine such as 127.0.0.1:3310",
    abort: true,
  }),
  plainText,
);

/** A checked address of clamd, taken apart. */
export function clamdAddressOf(text: string): SocketAddress {
  return loopbackPortOf(text) ?? { path: text };
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
