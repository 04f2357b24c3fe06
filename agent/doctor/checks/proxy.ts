/** Which proxy is in use, by which variable, and whether the service sees the same ones. */

import { readFileIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import type { ProxyChoice } from "../../../host/http/proxy-choice.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";
import type { ServerFacts } from "../servers.ts";

const variables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);
const maxEnvironmentBytes = 1_048_576;

/** A proxy without its credentials. */
function shownProxy({ protocol, host, username, password }: URL): string {
  const credentials = username === "" && password === "" ? "" : " with credentials";
  return `${protocol}//${host}${credentials}`;
}

/**
 * How a server is reached: pure.
 *
 * @param isConfigured whether the proxy is the configuration's, not the environment's
 */
export function judgeChoice(url: string, choice: ProxyChoice, isConfigured: boolean): Finding {
  if (choice.kind === "direct") return ok(`${url} is reached without a proxy.`);
  if (choice.kind === "bypassed") {
    const list = isConfigured ? "transfer.proxy.except" : choice.variable;
    return ok(`${url} is reached without a proxy: "${choice.entry}" of ${list} covers it.`);
  }
  const source = isConfigured ? "transfer.proxy" : choice.variable;
  if (choice.url !== undefined) {
    return ok(`${url} is reached through ${shownProxy(choice.url)} (${source}).`);
  }
  const message = `${source} holds something that is no http or https address.`;
  return failure("transfer.unreachable", message, `Correct ${source}, or unset it.`);
}

/** The proxy variables of a running process; undefined if its environment is closed to us. */
async function environmentOf(fs: FileSystem, pid: number) {
  try {
    const bytes = await readFileIfExists(fs, `/proc/${pid}/environ`, maxEnvironmentBytes);
    const pairs = bytes
      ?.toString("utf8")
      .split("\0")
      .map(
        (line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const,
      );
    return pairs === undefined ? undefined : new Map(pairs);
  } catch {
    return undefined;
  }
}

export const proxyCheck: Check = {
  id: "proxy",
  title: "which proxy each server is reached through, and whether the service's environment agrees",
  run: async (context) => {
    const { config, env, fs } = context;
    const { proxy } = config.transfer;
    const used = proxy === "env";
    const remote = [...(await context.mirrors()), await context.console()];
    const servers = remote.filter((server): server is ServerFacts => server !== undefined);
    const findings = servers.map(({ url, choice }) =>
      judgeChoice(url, choice, typeof proxy !== "string"),
    );
    const service = used ? await context.service().catch(() => undefined) : undefined;
    const other = service === undefined ? undefined : await environmentOf(fs, service.pid);
    const differing = variables.filter(
      (name) => other !== undefined && (other.get(name) ?? "") !== (env[name] ?? ""),
    );
    if (differing.length === 0) return findings;
    const message = `The service has another ${differing.join(" and ")} than this call.`;
    const advice = "Set it for the service: a drop-in with Environment=, or none for this shell.";
    return [...findings, warning(message, advice)];
  },
};
