/**
 * The agent's configuration as the other rooms see it: complete, bounded, every path absolute,
 * durations in milliseconds.
 */
import type { LogFile, LogLevel } from "../../host/log.ts";

/** A program and its arguments; the program is an absolute path. No shell is involved. */
export type Argv = readonly [string, ...string[]];

/** Nothing uses the database through the agent: its users read `current` when they like. */
export interface NoConsumer {
  readonly type: "none";
}

/** Programs of the operator that try, take over and confirm a generation. */
export interface CommandConsumer {
  readonly type: "command";
  /** Tests the staged generation before the switch. */
  readonly trial?: Argv;
  /** Tells the consumer, after the switch, to load the new generation. */
  readonly reload?: Argv;
  /** Proves, after the reload, that the new generation is in use. */
  readonly confirm?: Argv;
  /** For each of the three. */
  readonly timeoutMs: number;
}

export type ConsumerConfig = NoConsumer | CommandConsumer;

export interface DatabaseConfig {
  readonly consumer: ConsumerConfig;
  /** Generations kept on disk, the current one among them. */
  readonly keep: number;
}

export interface RepositoryConfig {
  /** Base addresses of the mirrors, each ending in "/"; at least one. */
  readonly urls: readonly string[];
  /** Path of the bootstrap root. */
  readonly root: string;
  /** Take releases of a repository that is TUF but not made by Vouchsafe's publisher. */
  readonly plain: boolean;
}

/** When the agent looks by itself: every so often, or as a cron expression (UTC) says. */
export type ScheduleConfig = {
  /** Longest random delay: before the first check of a service, and before each by `cron`. */
  readonly jitterMs: number;
} & (
  | { readonly everyMs: number; readonly cron?: never }
  | { readonly cron: string; readonly everyMs?: never }
);

export interface TransferConfig {
  readonly connectMs: number;
  readonly idleMs: number;
  /** Whether HTTP_PROXY, HTTPS_PROXY and NO_PROXY count. */
  readonly proxy: "env" | "none";
  /** PEM file of authorities trusted besides the system's. */
  readonly ca?: string;
}

export interface ConsoleConfig {
  /** Scheme, host and port. */
  readonly url: string;
  readonly hostname: "plain" | "hash";
  /** PEM file of authorities trusted besides the system's. */
  readonly ca?: string;
}

export interface LogConfig {
  readonly level: LogLevel;
  readonly target: "journal" | "stderr" | LogFile;
}

export interface AgentConfig {
  /** The file it was loaded from. */
  readonly path: string;
  readonly repository: RepositoryConfig;
  /** By name, in the order of the configuration. */
  readonly databases: ReadonlyMap<string, DatabaseConfig>;
  readonly schedule: ScheduleConfig;
  readonly transfer: TransferConfig;
  readonly console?: ConsoleConfig;
  /** The state folder. */
  readonly state: string;
  /** The control socket of the service. */
  readonly socket: string;
  readonly log: LogConfig;
}
