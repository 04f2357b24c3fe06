/** The parts of a running service, and what it needs of the world. */
import type { Clock } from "../../host/clock.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { LogConfig } from "../config/types.ts";
import { type Announcer, type ServiceManager, silentAnnouncer } from "./announcer.ts";
import type { LastCheck } from "./condition.ts";
import type { StartCron } from "./cron.ts";
import type { Job } from "./jobs.ts";
import { makeNarrator, type Narrator } from "./narrator.ts";
import type { Timetable } from "./timetable.ts";
import { makeWorkQueue, type WorkQueue } from "./work-queue.ts";
import type { Worker } from "./worker.ts";

/** What the service needs of the world. */
export interface ServicePorts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly startCron: StartCron;
  readonly makeLog: (config: LogConfig) => Promise<Log>;
  /** Starts this program again with those arguments and that text on standard input. */
  readonly startWorker: (
    args: readonly string[],
    input: string,
    onEvent: (event: JsonObject) => void,
  ) => Worker;
  /** Loads the configuration again. */
  readonly load: () => Promise<LoadedConfig>;
  /** Calls whenever a reload is asked for; returns how to stop that. */
  readonly onReload: (listener: () => void) => () => void;
  /** Whoever started the service and wants to know how it is. */
  readonly manager?: ServiceManager;
  /** Whether an update was interrupted: then the first check does not wait. */
  readonly interrupted: (loaded: LoadedConfig) => Promise<boolean>;
  /** Aborted when the service shall end. */
  readonly signal: AbortSignal;
}

/** What the service is. */
export interface ServiceFacts {
  readonly version: string;
  readonly pid: number;
  /** What tells this agent from others, for its place within the interval. */
  readonly seed: string;
  /** How long a running update may go on once the service shall end, milliseconds. */
  readonly drainMs: number;
}

/** How long a running update may go on: less than systemd's TimeoutStopSec of the unit. */
export const defaultDrainMs = 35_000;

/** The parts of a running service; most of those that change do so with a reload. */
export interface Service {
  readonly ports: ServicePorts;
  readonly facts: ServiceFacts;
  readonly queue: WorkQueue;
  readonly startedAt: string;
  readonly narrator: Narrator;
  loaded: LoadedConfig;
  log: Log;
  timetable: Timetable;
  announcer: Announcer;
  job: Job | undefined;
  lastCheck: LastCheck | undefined;
  reloads: number;
  reloading: boolean;
  stopping: boolean;
  /** Why it is of no use any more; told once. */
  stuck: string | undefined;
}

/** A service that does nothing yet. */
export function makeService(
  ports: ServicePorts,
  facts: ServiceFacts,
  loaded: LoadedConfig,
  log: Log,
): Service {
  const service: Service = {
    ports,
    facts,
    queue: makeWorkQueue(),
    startedAt: ports.clock.now().toISOString(),
    narrator: makeNarrator(
      () => service.log,
      () => ports.clock.monotonicMs(),
    ),
    loaded,
    log,
    timetable: { nextAt: () => null, lookedAtMs: () => undefined, stop: () => undefined },
    announcer: silentAnnouncer,
    job: undefined,
    lastCheck: undefined,
    reloads: 0,
    reloading: false,
    stopping: false,
    stuck: undefined,
  };
  return service;
}
