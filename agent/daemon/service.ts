/**
 * The resident supervisor: schedule, control socket, watchdog. It does no work of the update
 * itself: each check or update is a child, one after the other, so that nothing leaks and one
 * code path serves service, timer and command line.
 */
import { join } from "node:path";
import { makeDirDurable } from "../../host/durable.ts";
import { acquireLock } from "../../host/lock.ts";
import { untilAborted } from "../../host/until-aborted.ts";
import { own } from "../../protocol/json.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Condition } from "./announcement.ts";
import { startAnnouncer } from "./announcer.ts";
import { conditionOf, type LastCheck } from "./condition.ts";
import { type Client, createControlServer } from "./control-server.ts";
import { openControlSocket } from "./control-socket.ts";
import { healthProblem } from "./health.ts";
import { scheduledCheck, startJob } from "./jobs.ts";
import type { OutcomeEvent, ServiceStatus, WorkRequest } from "./messages.ts";
import { makeService, type Service, type ServiceFacts, type ServicePorts } from "./parts.ts";
import { reloadProblem } from "./reload.ts";
import { startDelayMs } from "./schedule.ts";
import { startTimetable, type Timetable } from "./timetable.ts";

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
        const before = narrator.updating().length;
        narrator.event(event);
        if (narrator.updating().length !== before) service.announcer.changed();
        client?.send(event, "may-be-lost");
      },
    );
    service.job = job;
    service.announcer.changed();
    const outcome: OutcomeEvent = await job.outcome;
    narrator.outcome(outcome.document);
    if (!request.plan) service.lastCheck = lastCheckOf(outcome, ports.clock.now());
    client?.end(outcome);
    await job.ended;
    service.job = undefined;
  });
  service.announcer.changed();
}

function lastCheckOf({ document }: OutcomeEvent, now: Date): LastCheck {
  const result = own(document, "result");
  return { at: now.toISOString(), result: typeof result === "string" ? result : "failed" };
}

/** How the service is now. That it is stuck is logged once. */
function conditionNow(service: Service): Condition {
  const { ports, queue, narrator, job, timetable } = service;
  const stuck = healthProblem({
    nowMs: ports.clock.monotonicMs(),
    childStuck: job?.stuck() ?? false,
    lookedAtMs: timetable.lookedAtMs(),
  });
  if (stuck !== undefined && service.stuck === undefined) {
    service.log.error("the service is stuck and should be restarted", { reason: stuck });
  }
  service.stuck = stuck;
  const nextCheckAt = timetable.nextAt()?.toISOString() ?? null;
  const updating = narrator.updating();
  return conditionOf({ ...service, busy: queue.busy(), updating, nextCheckAt });
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

/** Takes a changed configuration, and tells the manager before and after. */
async function reload(service: Service): Promise<void> {
  service.reloads += 1;
  service.announcer.changed();
  if (service.reloading) return; // the one that runs starts over
  service.reloading = true;
  let asked: number;
  do {
    asked = service.reloads;
    await takeConfiguration(service);
  } while (asked !== service.reloads);
  service.reloading = false;
  service.announcer.changed();
}

/** One that is wrong, or needs a restart, changes nothing. */
async function takeConfiguration(service: Service): Promise<void> {
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
  const { clock, random, signal, interrupted } = service.ports;
  const spread = startDelayMs(service.loaded.config.schedule.jitterMs, random());
  const delay = (await interrupted(service.loaded)) ? 0 : spread;
  const ended = await clock.sleep(delay, signal).then(
    () => false,
    () => true,
  );
  if (!ended) await check(service);
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
    const { manager, clock } = ports;
    if (manager !== undefined) {
      service.announcer = startAnnouncer(manager, clock, () => conditionNow(service));
    }
    const first = firstCheck(service);
    await untilAborted(ports.signal);
    service.stopping = true;
    service.announcer.changed();
    offReload();
    service.timetable.stop();
    const closed = closeSocket();
    await Promise.all([drain(service), first]);
    dropClients();
    await closed;
    await service.announcer.end();
    service.log.info("service stopped");
  } finally {
    await service.log.close();
  }
}
