/** The network as the configuration describes it: authorities, proxy, and what mirrors ask for. */
import { readFileBounded } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { HttpOptions } from "../../host/http/types.ts";
import { createHttp, type HttpClient } from "../../host/http.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig, MirrorCredentials, TransferConfig } from "../config/types.ts";
import { type OriginAccess, originHttp } from "../transfer/origin-http.ts";

const maxPemBytes = 1_048_576;
const maxSecretBytes = 4_096;

type Env = Readonly<Record<string, string | undefined>>;

/** PEM text of a configured file. Throws `disk.*`. */
export async function readAuthority(
  fs: FileSystem,
  path: string | undefined,
): Promise<string | undefined> {
  return path === undefined ? undefined : (await readFileBounded(fs, path, maxPemBytes)).toString();
}

/** The secret in a file; a line end at its end does not count. Throws `secret.unavailable`. */
export async function readSecretFile(fs: FileSystem, path: string): Promise<string> {
  let text: string;
  try {
    text = (await readFileBounded(fs, path, maxSecretBytes)).toString().replace(/\r?\n$/, "");
  } catch (cause) {
    throw new VouchsafeError("secret.unavailable", `The secret in ${path} cannot be read.`, {
      cause,
    });
  }
  if (text !== "" && !/\p{Cc}/u.test(text)) return text;
  const message = `${path} must hold a secret of one line.`;
  throw new VouchsafeError("secret.unavailable", message);
}

/**
 * What a client needs to know of the proxy, in the form of an environment; undefined for none.
 *
 * @throws VouchsafeError `secret.unavailable`
 */
export async function proxyEnvOf(
  fs: FileSystem,
  proxy: TransferConfig["proxy"],
  env: Env,
): Promise<Env | undefined> {
  if (proxy === "none") return undefined;
  if (proxy === "env") return env;
  const url = new URL(proxy.url);
  if (proxy.basic !== undefined) {
    url.username = encodeURIComponent(proxy.basic.user);
    url.password = encodeURIComponent(await readSecretFile(fs, proxy.basic.passwordFile));
  }
  const { href } = url;
  return { HTTP_PROXY: href, HTTPS_PROXY: href, NO_PROXY: proxy.except.join(",") };
}

async function authorizationOf(
  fs: FileSystem,
  { basic, tokenFile }: MirrorCredentials,
): Promise<string | undefined> {
  if (tokenFile !== undefined) return `Bearer ${await readSecretFile(fs, tokenFile)}`;
  if (basic === undefined) return undefined;
  const pair = `${basic.user}:${await readSecretFile(fs, basic.passwordFile)}`;
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`; // RFC 7617
}

async function accessFor(
  fs: FileSystem,
  options: HttpOptions,
  credentials: MirrorCredentials = {},
): Promise<OriginAccess> {
  const authorization = await authorizationOf(fs, credentials);
  const { certificate } = credentials;
  const cert = await readAuthority(fs, certificate?.certFile);
  const key = await readAuthority(fs, certificate?.keyFile);
  const tls = { ...options.tls, ...(cert && { cert }), ...(key && { key }) };
  return { http: createHttp({ ...options, tls }), ...(authorization && { authorization }) };
}

/**
 * A client for the repository's mirrors.
 *
 * @param userAgent how the program names itself
 * @throws VouchsafeError `secret.unavailable`, `disk.*`
 */
export async function repositoryHttp(
  fs: FileSystem,
  { transfer, repository }: Pick<AgentConfig, "transfer" | "repository">,
  userAgent: string,
  env: Env,
): Promise<HttpClient> {
  const { connectMs, idleMs, proxy, ca: authority } = transfer;
  const ca = await readAuthority(fs, authority);
  const proxyEnv = await proxyEnvOf(fs, proxy, env);
  const direct: HttpOptions = {
    userAgent,
    timeouts: { connectMs, idleMs },
    redirects: "same-origin",
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
  const options = { ...direct, ...(proxyEnv === undefined ? {} : { proxyEnv }) };
  // A neighbour is on the network at hand: no proxy leads to it.
  const relays = new Set(repository.relays.map((url) => new URL(url).origin));
  const access = new Map<string, OriginAccess>();
  for (const origin of new Set([...repository.credentials.keys(), ...relays])) {
    const credentials = repository.credentials.get(origin);
    access.set(origin, await accessFor(fs, relays.has(origin) ? direct : options, credentials));
  }
  return originHttp(createHttp(options), access);
}

/**
 * What a client for the console is made with.
 *
 * @param userAgent how the program names itself
 * @throws VouchsafeError `secret.unavailable`, `disk.*`
 */
export async function consoleOptions(
  fs: FileSystem,
  config: Pick<AgentConfig, "console" | "transfer">,
  userAgent: string,
  env: Env,
): Promise<Pick<HttpOptions, "userAgent" | "tls" | "proxyEnv">> {
  const ca = await readAuthority(fs, config.console?.ca);
  const proxyEnv = await proxyEnvOf(fs, config.transfer.proxy, env);
  return {
    userAgent,
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(proxyEnv === undefined ? {} : { proxyEnv }),
  };
}
