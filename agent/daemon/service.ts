/**
 * The resident supervisor: schedule, control socket, watchdog. It does no work of the update
 * itself: each check or update is a child, one after the other, so that nothing leaks and one
 * code path serves service, timer and command line.
 */
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { makeDirDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { acquireLock } from "../../host/lock.ts";
import type { Log } from "../../host/log.ts";
import type { JsonObject } from "../../protocol/json.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { LogConfig } from "../config/types.ts";
import { type Client, createControlServer } from "./control-server.ts";
import { openControlSocket } from "./control-socket.ts";
import type { StartCron } from "./cron.ts";
import { type Job, scheduledCheck, startJob } from "./jobs.ts";
import type { OutcomeEvent, ServiceStatus, WorkRequest } from "./messages.ts";
import { makeNarrator, type Narrator } from "./narrator.ts";
import { reloadProblem } from "./reload.ts";
import { startDelayMs } from "./schedule.ts";
import { startTimetable, type Timetable } from "./timetable.ts";
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

/** The parts of a running service; `loaded`, `log` and `timetable` change with a reload. */
interface Service {
  readonly ports: ServicePorts;
  readonly facts: ServiceFacts;
  readonly queue: WorkQueue;
  readonly startedAt: string;
  readonly narrator: Narrator;
  loaded: LoadedConfig;
  log: Log;
  timetable: Timetable;
  job: Job | undefined;
}

/** Carries out a request when its turn comes; resolves when its child has ended. */
async function work(service: Service, request: WorkRequest, client?: Client): Promise<void> {
  const { ports, narrator, queue } = service;
  if (client !== undefined && queue.busy()) client.send({ event: "queued" });
  await queue.add(async () => {
    const { given } = service.loaded;
    const job = startJob(
      (args, onEvent) => ports.startWorker(args, given, onEvent),
      request,
      (event) => {
        narrator.event(event);
        client?.send(event, "may-be-lost");
      },
    );
    service.job = job;
    const outcome: OutcomeEvent = await job.outcome;
    narrator.outcome(outcome.document);
    client?.end(outcome);
    await job.ended;
    service.job = undefined;
  });
}

/** A check by the schedule. Whatever comes of it is told by the narrator. */
async function check(service: Service): Promise<void> {
  await work(service, scheduledCheck).catch(() => undefined); // turned away: the service is ending
}

function statusOf({ facts, queue, startedAt, timetable }: Service): ServiceStatus {
  const nextCheckAt = timetable.nextAt()?.toISOString() ?? null;
  return { event: "service", pid: facts.pid, startedAt, busy: queue.busy(), nextCheckAt };
}

function beginTimetable(service: Service): Timetable {
  const { clock, startCron } = service.ports;
  const { schedule } = service.loaded.config;
  const ports = { clock, startCron, log: service.log };
  return startTimetable(schedule, service.facts.seed, ports, () => check(service));
}

/** Takes a changed configuration; one that is wrong, or needs a restart, changes nothing. */
async function reload(service: Service): Promise<void> {
  const { ports, loaded: before } = service;
  try {
    const loaded = await ports.load();
    const problem = reloadProblem(before.config, loaded.config);
    if (problem !== undefined) {
      service.log.error("the configuration is not reloaded", { reason: problem });
      return;
    }
    const log = await ports.makeLog(loaded.config.log);
    await service.log.close();
    service.log = log;
    service.loaded = loaded;
    service.timetable.stop();
    service.timetable = beginTimetable(service);
    log.info("configuration reloaded");
  } catch (error) {
    service.log.error("the configuration is not reloaded; the old one stays", { error });
  }
}

/** Lets what runs end, for a while; then asks it to stop. */
async function drain(service: Service): Promise<void> {
  const { clock } = service.ports;
  const drained = new AbortController();
  const patience = clock.sleep(service.facts.drainMs, drained.signal).then(
    () => service.job?.stop(),
    () => undefined,
  );
  await service.queue.close();
  drained.abort();
  await patience;
}

async function firstCheck(service: Service): Promise<void> {
  const { clock, random, signal } = service.ports;
  const delay = startDelayMs(service.loaded.config.schedule.jitterMs, random());
  const ended = await clock.sleep(delay, signal).then(
    () => false,
    () => true,
  );
  if (!ended) await check(service);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function makeService(
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
    timetable: { nextAt: () => null, stop: () => undefined },
    job: undefined,
  };
  return service;
}

/**
 * Runs the service until the signal is aborted and what ran then has ended.
 *
 * @throws VouchsafeError `busy.locked` when another service has this state or socket; `disk.*`
 */
export async function runService(
  ports: ServicePorts,
  facts: ServiceFacts,
  loaded: LoadedConfig,
): Promise<void> {
  const { fs } = ports;
  const { state, log: logConfig } = loaded.config;
  await makeDirDurable(fs, state, 0o755);
  const lock = await acquireLock(join(state, "service.sqlite"), { waitMs: 0 });
  try {
    await serveUntilEnd(makeService(ports, facts, loaded, await ports.makeLog(logConfig)));
  } finally {
    lock.release();
  }
}

/** Listens and checks until the end. */
async function serveUntilEnd(service: Service): Promise<void> {
  const { ports, facts, loaded } = service;
  const { state, socket } = loaded.config;
  const hello = { event: "hello", format: 1, version: facts.version, state } as const;
  const { server, dropClients } = createControlServer(hello, (request, client) => {
    if (request.verb === "service") client.end(statusOf(service));
    else void work(service, request, client).catch((error: unknown) => client.fail(error));
  });
  try {
    const closeSocket = await openControlSocket(ports.fs, server, socket);
    service.timetable = beginTimetable(service);
    const offReload = ports.onReload(() => void reload(service));
    service.log.info("service started", { version: facts.version, state });
    const first = firstCheck(service);
    await untilAborted(ports.signal);
    offReload();
    service.timetable.stop();
    const closed = closeSocket();
    await Promise.all([drain(service), first]);
    dropClients();
    await closed;
    service.log.info("service stopped");
  } finally {
    await service.log.close();
  }
}
