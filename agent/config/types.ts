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
  /** The user that the three run as; the agent's own if absent. */
  readonly user?: string;
}

/** Where a consumer listens: a socket of the file system, or a port of this machine. */
export type SocketAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

/** A clamd that reads the database's `current`. */
export interface ClamavConsumer {
  readonly type: "clamav";
  readonly clamd: SocketAddress;
  /** Path of clamscan, which tries a staged generation. */
  readonly clamscan: string;
  /** How long clamd may take to load a release. */
  readonly waitMs: number;
  /** Time and address space of a trial. */
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  /** Files of the operator's in which a release must find something, or nothing. */
  readonly samples: { readonly infected: readonly string[]; readonly clean: readonly string[] };
}

/** A Suricata that reads the database's `current`. */
export interface SuricataConsumer {
  readonly type: "suricata";
  /** Path of its unix command socket. */
  readonly socket: string;
  /** Path of its configuration. */
  readonly config: string;
  /** Path of the program, which tries a staged generation. */
  readonly suricata: string;
  /** How long it may take to load a release. */
  readonly waitMs: number;
  /** Time and address space of a trial. */
  readonly timeoutMs: number;
  readonly memoryBytes: number;
}

export type ConsumerConfig = NoConsumer | CommandConsumer | ClamavConsumer | SuricataConsumer;

/** Bounds on the records of the files that match a pattern, counted together. */
export interface RecordGuard {
  /** Pattern of paths relative to the database; `*` does not match a slash. */
  readonly files: string;
  /** What a record is: a line that is neither empty nor a comment, or a byte. */
  readonly count: "lines" | "bytes";
  /** What a line begins with that is no record. */
  readonly comment?: string;
  /** By how many percent the count may fall below that of the current generation. */
  readonly maxFall: number;
}

/** What must hold of every release, whatever its consumer. */
export interface GuardsConfig {
  /** Paths relative to the database. */
  readonly mustExist: readonly string[];
  /** Bytes of all files together. */
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly records: readonly RecordGuard[];
}

/** A maintenance window in wall-clock time of a zone. */
export interface WindowConfig {
  /** Days on which it begins; 0 is Sunday. */
  readonly days: readonly number[];
  /** Minutes of the day; `to` before `from` means over midnight, 1440 is the day's end. */
  readonly from: number;
  readonly to: number;
  /** IANA name. */
  readonly zone: string;
}

/** Which part of a fleet this machine belongs to. */
export type Ring = "canary" | "early" | "production";

/** The customer's own word on new releases. */
export interface PolicyConfig {
  /** How long a release must have been known before it is installed; see `ring`. */
  readonly delayMs: number;
  readonly ring: Ring;
  /** The only version that a database may be brought to. */
  readonly pin: ReadonlyMap<string, number>;
}

export interface DatabaseConfig {
  readonly consumer: ConsumerConfig;
  readonly guards?: GuardsConfig;
  /** Generations kept on disk, the current one among them. */
  readonly keep: number;
  /** In place of the schedule's. */
  readonly window?: WindowConfig;
}

/** A name, and the file of its password. */
export interface BasicCredentials {
  readonly user: string;
  readonly passwordFile: string;
}

/** What a mirror of licensed data asks for. */
export interface MirrorCredentials {
  readonly basic?: BasicCredentials;
  readonly tokenFile?: string;
  /** For TLS. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string };
}

/** A proxy that the configuration names. */
export interface ProxyConfig {
  /** Scheme, host and port. */
  readonly url: string;
  readonly basic?: BasicCredentials;
  /** Hosts that are reached without it, as in NO_PROXY. */
  readonly except: readonly string[];
}

export interface RepositoryConfig {
  /** Base addresses of the mirrors, each ending in "/"; at least one. None of them is a relay. */
  readonly urls: readonly string[];
  /** Base addresses of neighbours that hand on what they have; none shares an origin with a mirror. */
  readonly relays: readonly string[];
  /** Longest that relays may answer for the timestamp alone, milliseconds. */
  readonly originWithinMs: number;
  /** Path of the bootstrap root. */
  readonly root: string;
  /** Take releases of a repository that is TUF but not made by Vouchsafe's publisher. */
  readonly plain: boolean;
  /** By origin; what one mirror asks for is never told to another. */
  readonly credentials: ReadonlyMap<string, MirrorCredentials>;
}

/** When the agent looks by itself: every so often, or as a cron expression (UTC) says. */
export type ScheduleConfig = {
  /** Longest random delay: before the first check of a service, and before each by `cron`. */
  readonly jitterMs: number;
  /** When scheduled checks may change a database; always if absent. */
  readonly window?: WindowConfig;
} & (
  | { readonly everyMs: number; readonly cron?: never }
  | { readonly cron: string; readonly everyMs?: never }
);

export interface TransferConfig {
  readonly connectMs: number;
  readonly idleMs: number;
  /** Bytes a second that a mirror must send over a minute; 0 for no limit. */
  readonly minRate: number;
  /** Bytes a second of all downloads together. */
  readonly maxRate?: number;
  /** `env`: HTTP_PROXY, HTTPS_PROXY and NO_PROXY count. */
  readonly proxy: "env" | "none" | ProxyConfig;
  /** PEM file of authorities trusted besides the system's. */
  readonly ca?: string;
}

/** How this agent hands what it has verified to its neighbours. */
export interface RelayConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** Whoever reaches the address may read. */
  readonly public: boolean;
  /** File with the token that neighbours must show. */
  readonly tokenFile?: string;
  /** PEM files; with `clientCa` neighbours must show a certificate of that authority. */
  readonly tls?: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly clientCa?: string;
  };
  /** Bytes a second of all answers together. */
  readonly maxRate: number;
  readonly maxConnections: number;
}

export interface ConsoleConfig {
  /** Scheme, host and port. */
  readonly url: string;
  readonly hostname: "plain" | "hash";
  /** PEM file of authorities trusted besides the system's. */
  readonly ca?: string;
  /** File with a one-time token to enrol with; gone once it has been used. */
  readonly tokenFile?: string;
}

export interface LogConfig {
  readonly level: LogLevel;
  readonly target: "journal" | "stderr" | LogFile;
}

/** Where monitoring finds the agent's numbers. */
export interface MetricsConfig {
  /** File that is written anew after each run. */
  readonly textfile: string;
}

export interface AgentConfig {
  /** The file it was loaded from. */
  readonly path: string;
  readonly repository: RepositoryConfig;
  /** By name, in the order of the configuration. */
  readonly databases: ReadonlyMap<string, DatabaseConfig>;
  readonly schedule: ScheduleConfig;
  readonly policy: PolicyConfig;
  /** How often installed files are read in full and compared with what was signed. */
  readonly selfCheckMs: number;
  /** How old a bundle may be whose timestamp has expired. */
  readonly importMaxAgeMs: number;
  readonly transfer: TransferConfig;
  /** Absent where nothing is handed on. */
  readonly relay?: RelayConfig;
  readonly console?: ConsoleConfig;
  readonly metrics?: MetricsConfig;
  /** The state folder. */
  readonly state: string;
  /** The control socket of the service. */
  readonly socket: string;
  readonly log: LogConfig;
}
