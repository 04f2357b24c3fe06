/** What of this machine must not be told, as far as it is known by value. */
import { hostname } from "node:os";
import { join } from "node:path";
import { readFileIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import type { Environment } from "../../../host/http/proxy-choice.ts";
import type { AgentConfig } from "../../config/types.ts";
import { readIdentity } from "../../report/identity.ts";
import type { Secret } from "./redact.ts";

const proxyVariable = /^(https?|all)_proxy$/i;
const secretVariable = /pass|secret|token|credential|private|api_?key/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** User names and passwords of the proxies in an environment, and the secrets beside them: pure. */
export function secretsOfEnvironment(env: Environment): readonly Secret[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || value === "") return [];
    if (secretVariable.test(name)) return [{ what: "secret of the environment", value }];
    if (!proxyVariable.test(name) || !URL.canParse(value)) return [];
    const { username, password } = new URL(value);
    const pair = `${decoded(username)}:${decoded(password)}`;
    const parts = password === "" ? [] : [password, decoded(password), pair];
    return parts.map((part) => ({ what: "proxy credentials", value: part }));
  });
}

/** The names of a host: whole, and without its domain. Pure. */
export function namesOfHost(name: string): readonly Secret[] {
  const [short = name] = name.split(".");
  return [...new Set([name, short])].map((value) => ({ what: "host name", value, isName: true }));
}

/** The agent's private key, as it is kept. */
async function secretsOfKey(fs: FileSystem, state: string): Promise<readonly Secret[]> {
  const identity = await readIdentity(fs, join(state, "keys")).catch(() => undefined);
  if (identity === undefined) return [];
  const bytes = Buffer.from(identity.seed);
  const forms = [bytes.toString("hex"), bytes.toString("base64"), bytes.toString("base64url")];
  return forms.map((value) => ({ what: "the agent's key", value }));
}

const secretFile = /(password|passphrase|token|secret|key)File$/i;
const maxSecretBytes = 65_536;

/** Paths that the configuration names as files with a secret, wherever they stand in it: pure. */
export function secretFilesOf(value: unknown, key = ""): readonly string[] {
  if (typeof value === "string") return secretFile.test(key) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  if (value instanceof Map) {
    return [...value.values()].flatMap((item: unknown) => secretFilesOf(item));
  }
  return Object.entries(value).flatMap(([name, item]) => secretFilesOf(item, name));
}

async function secretsOfFiles(fs: FileSystem, config: AgentConfig): Promise<readonly Secret[]> {
  const found = secretFilesOf(config).map(async (path) => {
    const bytes = await readFileIfExists(fs, path, maxSecretBytes).catch(() => undefined);
    const value = bytes?.toString("utf8").trim() ?? "";
    return value === "" ? [] : [{ what: "secret of a file", value }];
  });
  return (await Promise.all(found)).flat();
}

/** All of them; never throws. */
export async function knownSecrets(
  fs: FileSystem,
  env: Environment,
  config: AgentConfig | undefined,
): Promise<readonly Secret[]> {
  return [
    ...secretsOfEnvironment(env),
    ...(config?.console?.hostname === "hash" ? namesOfHost(hostname()) : []),
    ...(config === undefined ? [] : await secretsOfKey(fs, config.state)),
    ...(config === undefined ? [] : await secretsOfFiles(fs, config)),
  ];
}
