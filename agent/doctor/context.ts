/** What the checks are given: the configuration, the machine as ports, and facts looked up once. */
import type { Clock } from "../../host/clock.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Environment } from "../../host/http/proxy-choice.ts";
import type { HttpClient } from "../../host/http/types.ts";
import type { ProbeResult, ProbeTarget } from "../../host/probe/probe.ts";
import type { AgentConfig } from "../config/types.ts";
import type { RunProgram } from "../consumer/command.ts";
import type { Pointer } from "../platform/pointer.ts";
import type { LastRun } from "../store/last-run.ts";
import type { ProvenMoment } from "../trust/clock.ts";
import type { TrustSummary } from "../trust/inspect.ts";
import type { Installed } from "./installed.ts";
import type { ServerFacts } from "./servers.ts";

/** How the service answered on its control socket. */
export interface ServiceFacts {
  readonly pid: number;
  /** Whether a check or update runs now. */
  readonly busy: boolean;
  readonly nextCheckAt: string | null;
}

/** What only root may read; looked up before root is left behind. */
export interface RootFacts {
  /** Lines of the kernel's list of AppArmor profiles; undefined where it cannot be read. */
  readonly profiles?: string;
  /** Recent messages of AppArmor's in the logs. */
  readonly denials: readonly string[];
}

/** The machine. */
export interface DoctorPorts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly run: RunProgram;
  readonly pointer: Pointer;
  readonly env: Environment;
  /** What tells of proxies, in the form of an environment; undefined where none may be used. */
  readonly proxyEnv: Environment | undefined;
  /** The user that the doctor runs as; undefined where there is no such number. */
  readonly uid: number | undefined;
  /** Whether this user may use a path so. */
  readonly mayUse: (path: string, how: "read" | "write" | "execute") => Promise<boolean>;
  readonly probe: (target: ProbeTarget) => Promise<ProbeResult>;
  readonly mirrorHttp: HttpClient;
  readonly consoleHttp: HttpClient;
  /** PEM text of the authorities that the configuration names. */
  readonly authorities: { readonly mirrors?: string; readonly console?: string };
  /** Asks the service; undefined when none answers. Throws `disk.permission`. */
  readonly askService: (signal: AbortSignal) => Promise<ServiceFacts | undefined>;
  readonly rooted: RootFacts;
  /** A moment before which the clock cannot be right. */
  readonly proven?: ProvenMoment;
}

/** What several checks need; each is looked up when it is first asked for, and once. */
export interface DoctorFacts {
  readonly mirrors: () => Promise<readonly ServerFacts[]>;
  readonly relays: () => Promise<readonly ServerFacts[]>;
  /** Undefined where no console is configured. */
  readonly console: () => Promise<ServerFacts | undefined>;
  readonly trust: () => Promise<TrustSummary>;
  readonly lastRun: () => Promise<LastRun | undefined>;
  readonly service: () => Promise<ServiceFacts | undefined>;
  readonly installed: () => Promise<ReadonlyMap<string, Installed>>;
}

export type DoctorContext = DoctorPorts & DoctorFacts & { readonly config: AgentConfig };
