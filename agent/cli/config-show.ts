/** `config show`: the configuration as it counts. It holds no secrets, only paths to them. */
import { formatBytes, formatSeconds } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import type {
  AgentConfig,
  MirrorCredentials,
  RelayConfig,
  ScheduleConfig,
  TransferConfig,
} from "../config/types.ts";
import { readConfig } from "./open-config.ts";

function scheduleText({ everyMs, cron, jitterMs }: ScheduleConfig): string {
  const when = cron === undefined ? `every ${formatSeconds(everyMs / 1000)}` : `cron ${cron} (UTC)`;
  return `${when}, jitter ${formatSeconds(jitterMs / 1000)}`;
}

function proxyText(proxy: TransferConfig["proxy"]): string {
  if (typeof proxy === "string") return proxy;
  return proxy.basic === undefined ? proxy.url : `${proxy.url} as ${proxy.basic.user}`;
}

/** Which credentials, never what they are. */
function credentialText({ basic, tokenFile, certificate }: MirrorCredentials): string {
  const kinds = [
    basic === undefined ? undefined : `password of ${basic.user}`,
    tokenFile === undefined ? undefined : "token",
    certificate === undefined ? undefined : "client certificate",
  ];
  return kinds.filter((kind) => kind !== undefined).join(", ");
}

function relayText({ listen, tls, tokenFile, public: open, maxRate }: RelayConfig): string {
  const guards = [
    open ? "public" : undefined,
    tokenFile === undefined ? undefined : "token",
    tls?.clientCa === undefined ? undefined : "client certificates",
  ].filter((guard) => guard !== undefined);
  const who = guards.length === 0 ? "this machine only" : guards.join(", ");
  const where = `${tls === undefined ? "http" : "https"} on ${listen.host} port ${listen.port}`;
  return `${where} (${who}), at most ${formatBytes(maxRate)}/s`;
}

function lines(config: AgentConfig): string[] {
  const { repository, transfer, log } = config;
  const consoleText =
    config.console === undefined
      ? "none"
      : `${config.console.url} (host name: ${config.console.hostname})`;
  return [
    `file        ${config.path}`,
    ...repository.urls.map((url, index) => `${index === 0 ? "repository" : "mirror    "}  ${url}`),
    ...repository.relays.map((url) => `relay       ${url}`),
    ...(repository.relays.length === 0
      ? []
      : [`origin      within ${formatSeconds(repository.originWithinMs / 1000)}`]),
    `root        ${repository.root}${repository.plain ? " (plain TUF)" : ""}`,
    ...[...config.databases].map(
      ([name, { consumer, keep }]) =>
        `database    ${name} (consumer ${consumer.type}, keeps ${keep} generations)`,
    ),
    `schedule    ${scheduleText(config.schedule)}`,
    `policy      ring ${config.policy.ring}, delay ${formatSeconds(config.policy.delayMs / 1000)}`,
    ...[...repository.credentials].map(
      ([origin, entry]) => `credentials ${origin} (${credentialText(entry)})`,
    ),
    `transfer    proxy ${proxyText(transfer.proxy)}, connect ${transfer.connectMs / 1000} s, idle ${transfer.idleMs / 1000} s`,
    ...(config.relay === undefined ? [] : [`serve       ${relayText(config.relay)}`]),
    `console     ${consoleText}`,
    ...(config.metrics === undefined ? [] : [`metrics     ${config.metrics.textfile}`]),
    `state       ${config.state}`,
    `socket      ${config.socket}`,
    `log         ${log.level} to ${typeof log.target === "string" ? log.target : log.target.file}`,
  ];
}

/** The configuration as plain data. */
export function configDocument(config: AgentConfig): object {
  const { databases, policy, repository } = config;
  return {
    ...config,
    databases: Object.fromEntries(databases),
    repository: { ...repository, credentials: Object.fromEntries(repository.credentials) },
    policy: { ...policy, pin: Object.fromEntries(policy.pin) },
  };
}

export async function run(context: CliContext): Promise<number> {
  const config = await readConfig(context);
  context.out.json({ result: "done", config: configDocument(config) });
  for (const line of lines(config)) context.out.line(line);
  return 0;
}
