/**
 * What agent.yaml says of networks: the proxy, and what a mirror of licensed data asks for. Secrets
 * stand in files of their own; the configuration names them.
 */
import {
  _default,
  array,
  type core,
  describe,
  maxLength,
  minLength,
  enum as oneOf,
  optional,
  record,
  refine,
  strictObject,
  string,
  superRefine,
  union,
} from "zod/mini";
import { absolutePath, isLoopback, repositoryUrl } from "./fields.ts";
import type { MirrorCredentials, ProxyConfig, TransferConfig } from "./types.ts";

const maxOrigins = 16;
const maxExceptions = 64;

/** A name that may stand before the colon of basic authentication (RFC 7617 §2). */
const userName = string().check(
  minLength(1),
  maxLength(256),
  refine((name) => !/[:\p{Cc}]/u.test(name), {
    error: 'must not hold ":" or control characters',
  }),
);

const isOrigin = (address: string): boolean =>
  URL.canParse(address) && new URL(address).pathname === "/";

const proxySection = strictObject({
  url: repositoryUrl
    .check(refine(isOrigin, { error: "must be only scheme, host and port" }))
    .check(describe("Address of the proxy, without user and password")),
  user: optional(userName).check(describe("Name for the proxy's authentication")),
  passwordFile: optional(absolutePath).check(describe("File with the password for `user`")),
  except: _default(
    array(string().check(minLength(1), maxLength(255))).check(maxLength(maxExceptions)),
    [],
  ).check(describe("Hosts that are reached without the proxy, as in NO_PROXY")),
}).check(
  refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    error: 'must have both "user" and "passwordFile", or neither',
  }),
);

export const proxyField = union([oneOf(["env", "none"]), proxySection], {
  error: "must be env, none, or a map with the key url",
});

const credentials = strictObject({
  user: optional(userName).check(describe("Name for basic authentication")),
  passwordFile: optional(absolutePath).check(describe("File with the password for `user`")),
  tokenFile: optional(absolutePath).check(describe("File with a bearer token")),
  certFile: optional(absolutePath).check(describe("PEM file of a client certificate")),
  keyFile: optional(absolutePath).check(describe("PEM file of the certificate's private key")),
}).check(
  refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    error: 'must have both "user" and "passwordFile", or neither',
  }),
  refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    error: 'must have both "certFile" and "keyFile", or neither',
  }),
  refine(({ user, tokenFile }) => user === undefined || tokenFile === undefined, {
    error: "has both a user and a token; keep one",
  }),
  refine((given) => Object.keys(given).length > 0, { error: "is empty" }),
);

/** Why credentials cannot be sent to an address, or undefined. */
function problemOf(address: string): string | undefined {
  if (!isOrigin(address)) return "must be scheme, host and port of a mirror";
  const { protocol, hostname } = new URL(address);
  if (protocol === "https:" || isLoopback(hostname)) return undefined;
  return "must be https: credentials are never sent in the clear";
}

/** By origin: what one mirror asks for is never told to another. */
export const credentialsField = record(string(), credentials).check(
  superRefine((given, context) => {
    for (const address of Object.keys(given)) {
      const message = problemOf(address);
      if (message !== undefined) context.addIssue({ code: "custom", path: [address], message });
    }
  }),
  refine((given) => Object.keys(given).length <= maxOrigins, {
    error: `must have at most ${maxOrigins} entries`,
  }),
);

/** The origin in `credentials` that no mirror has, or undefined. */
export function strayOrigin(
  urls: readonly string[],
  given: Readonly<Record<string, unknown>>,
): string | undefined {
  const origins = new Set(urls.map((url) => URL.parse(url)?.origin));
  return Object.keys(given).find((address) => !origins.has(URL.parse(address)?.origin));
}

/** Credentials in the form that the other rooms use, by origin: pure. */
export function credentialsOf(
  given: core.output<typeof credentialsField>,
): ReadonlyMap<string, MirrorCredentials> {
  const entries = Object.entries(given).map(([address, entry]) => {
    const { user, passwordFile, tokenFile, certFile, keyFile } = entry;
    const made: MirrorCredentials = {
      ...(user && passwordFile ? { basic: { user, passwordFile } } : {}),
      ...(tokenFile === undefined ? {} : { tokenFile }),
      ...(certFile && keyFile ? { certificate: { certFile, keyFile } } : {}),
    };
    return [new URL(address).origin, made] as const;
  });
  return new Map(entries);
}

/** The proxy in the form that the other rooms use: pure. */
export function proxyOf(given: core.output<typeof proxyField>): TransferConfig["proxy"] {
  if (typeof given === "string") return given;
  const { url, user, passwordFile, except } = given;
  const made: ProxyConfig = {
    url: new URL(url).origin,
    ...(user && passwordFile ? { basic: { user, passwordFile } } : {}),
    except,
  };
  return made;
}
