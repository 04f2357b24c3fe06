/** Loads agent.yaml with the drop-ins of `agent.d` beside it. Nothing is changed on disk. */
import { dirname, join } from "node:path";
import process from "node:process";
import type { core } from "zod/mini";
import { mergedValue, placeOf, readConfigSources, validateConfig } from "../../host/config/load.ts";
import { type ConfigSource, parseConfigSource } from "../../host/config/source.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { consumerOf, guardsOf } from "./consumers.ts";
import { resolveCredentials } from "./credentials.ts";
import { type DefaultPlaces, defaultPlaces } from "./defaults.ts";
import { credentialsOf, proxyOf } from "./network.ts";
import { policyOf, windowOf } from "./policy.ts";
import { relayOf } from "./relay.ts";
import { type AgentSchema, agentSchema } from "./schema.ts";
import type {
  AgentConfig,
  ConsoleConfig,
  DatabaseConfig,
  LogConfig,
  ScheduleConfig,
  TransferConfig,
} from "./types.ts";

type Raw = core.output<AgentSchema>;

const defaultEveryMs = 3_600_000;

function databasesOf(raw: Raw["databases"]): ReadonlyMap<string, DatabaseConfig> {
  return new Map(
    Object.entries(raw).map(([name, { consumer, guards, keep, window }]) => [
      name,
      {
        consumer: consumerOf(consumer),
        ...(guards === undefined ? {} : { guards: guardsOf(guards) }),
        keep,
        ...(window === undefined ? {} : { window: windowOf(window) }),
      },
    ]),
  );
}

function scheduleOf({ every, cron, jitter, window }: Raw["schedule"]): ScheduleConfig {
  const common = {
    jitterMs: jitter,
    ...(window === undefined ? {} : { window: windowOf(window) }),
  };
  return cron === undefined ? { everyMs: every ?? defaultEveryMs, ...common } : { cron, ...common };
}

function transferOf(raw: Raw["transfer"]): TransferConfig {
  const { proxy, connectTimeout, idleTimeout, minRate, maxRate, ca } = raw;
  return {
    proxy: proxyOf(proxy),
    minRate,
    ...(maxRate === undefined ? {} : { maxRate }),
    connectMs: connectTimeout,
    idleMs: idleTimeout,
    ...(ca === undefined ? {} : { ca }),
  };
}

function consoleOf({ url, privacy, ca, tokenFile }: NonNullable<Raw["console"]>): ConsoleConfig {
  const { origin } = new URL(url);
  const files = { ...(ca && { ca }), ...(tokenFile && { tokenFile }) };
  return { url: origin, hostname: privacy.hostname, ...files };
}

function logOf({ level, target }: Raw["log"]): LogConfig {
  if (typeof target === "string") return { level, target };
  const { file, maxSize, maxFiles } = target;
  return { level, target: { file, maxBytes: maxSize, maxFiles } };
}

const withSlash = (url: string): string => (url.endsWith("/") ? url : `${url}/`);

/** The checked values in the form that the other rooms use: pure. */
function settle(path: string, raw: Raw): AgentConfig {
  const { url, relays, originWithin, root, plain, credentials } = raw.repository;
  const addresses = (given: readonly string[]): readonly string[] =>
    given.map((address) => withSlash(new URL(address).href));
  return {
    path,
    repository: {
      urls: addresses([url].flat()),
      relays: addresses(relays),
      originWithinMs: originWithin,
      root,
      plain,
      credentials: credentialsOf(credentials),
    },
    databases: databasesOf(raw.databases),
    schedule: scheduleOf(raw.schedule),
    policy: policyOf(raw.policy),
    selfCheckMs: raw.selfCheck.every,
    importMaxAgeMs: raw.import.maxAge,
    transfer: transferOf(raw.transfer),
    ...(raw.relay === undefined ? {} : { relay: relayOf(raw.relay) }),
    ...(raw.console === undefined ? {} : { console: consoleOf(raw.console) }),
    ...(raw.metrics === undefined ? {} : { metrics: raw.metrics }),
    state: raw.state,
    socket: raw.socket,
    log: logOf(raw.log),
  };
}

/** Throws config.invalid unless node-cron can run it; five fields, so at most once a minute. */
async function checkCron(sources: readonly ConfigSource[], cron: string): Promise<void> {
  const fields = cron.trim().split(/\s+/).length;
  const { validate } = await import("node-cron");
  if (cron.length <= 256 && fields === 5 && validate(cron)) return;
  const place = placeOf(sources, ["schedule", "cron"]);
  throw new VouchsafeError(
    "config.invalid",
    `${place}: "schedule.cron": must be five fields such as "17 3 * * *" (minute hour day month weekday, UTC).`,
    { details: { key: "schedule.cron" } },
  );
}

async function settleSources(
  path: string,
  sources: readonly ConfigSource[],
  places: DefaultPlaces,
): Promise<LoadedConfig> {
  const raw = validateConfig(
    sources.map((source) => ({
      ...source,
      value: resolveCredentials(source.value, places.credentials),
    })),
    agentSchema(places),
  );
  if (raw.schedule.cron !== undefined) await checkCron(sources, raw.schedule.cron);
  return { config: settle(path, raw), given: JSON.stringify(mergedValue(sources)) };
}

/** A configuration, and what was given of it. */
export interface LoadedConfig {
  readonly config: AgentConfig;
  /** The merged files as JSON, which is YAML too: {@link parseAgentConfig} reads it again. */
  readonly given: string;
}

/**
 * Loads the agent's configuration: the file, then `agent.d/*.yaml` beside it in name order.
 *
 * @param path of agent.yaml
 * @param places what counts where the file is silent
 * @throws VouchsafeError `config.missing`, `config.syntax`, `config.invalid` (naming key and
 *   place), `disk.*`
 */
export async function loadAgentConfig(
  fs: FileSystem,
  path: string,
  places: DefaultPlaces = defaultPlaces(process.platform, process.env),
): Promise<LoadedConfig> {
  const dropInDir = join(dirname(path), "agent.d");
  return settleSources(path, await readConfigSources(fs, path, { dropInDir }), places);
}

/**
 * The configuration from text that was read already.
 *
 * @param name where it came from, for messages
 * @throws VouchsafeError `config.syntax`, `config.invalid`
 */
export function parseAgentConfig(
  name: string,
  text: Uint8Array,
  places: DefaultPlaces = defaultPlaces(process.platform, process.env),
): Promise<LoadedConfig> {
  return settleSources(name, [parseConfigSource(name, text)], places);
}
