/**
 * Reporting as the rest of the agent sees it. Whatever goes wrong here is an outcome, never an
 * exception: a report that fails can never undo an update.
 *
 * State needs no spool, because each report is made from the state of its moment (the latest
 * wins); only events are spooled.
 */
import { join } from "node:path";
import type { Log } from "../../host/log.ts";
import { type ErrorDocument, errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import { readBackoff, withJitter, writeBackoff } from "./backoff.ts";
import { type AgentState, buildReport, type HostnamePrivacy } from "./build-report.ts";
import { type Delivery, putReport } from "./client.ts";
import type { ConsoleHttp } from "./console-http.ts";
import { readConsoleLink } from "./console-link.ts";
import type { SystemFacts } from "./facts.ts";
import { type Random, readIdentity } from "./identity.ts";
import {
  acknowledgeEvents,
  type NewEvent,
  pendingEvents,
  type SpoolContext,
  spoolEvent,
} from "./spool.ts";

/** One start of the reporting process: reports are numbered within it. */
export interface ReportSession {
  readonly boot: string;
  nextSeq(): number;
}

/** What reporting needs of the world. */
export interface ReportContext extends SpoolContext {
  readonly http: ConsoleHttp;
  readonly log: Log;
  readonly facts: () => Promise<SystemFacts>;
  readonly privacy: HostnamePrivacy;
  readonly agentVersion: string;
  readonly session: ReportSession;
  readonly signal?: AbortSignal;
}

/** What came of a report. `nextReportSeconds` and `retryAfterSeconds` are at most an hour and a tenth. */
export type ReportOutcome =
  | { readonly result: "sent"; readonly nextReportSeconds: number }
  | { readonly result: "not-enrolled" }
  | {
      readonly result: "deferred";
      readonly retryAfterSeconds: number;
      readonly error?: ErrorDocument;
    }
  | { readonly result: "refused"; readonly error: ErrorDocument };

/** Seconds until the next attempt when the console did not say. */
const defaultRetrySeconds = 300;

/** Numbers the reports of this process, under a random name. */
export function newReportSession(random: Random): ReportSession {
  let seq = 0;
  const nextSeq = (): number => {
    seq += 1;
    return seq;
  };
  return { boot: Buffer.from(random(16)).toString("hex"), nextSeq };
}

async function settle(
  context: ReportContext,
  delivery: Delivery,
  eventIds: ReadonlySet<string>,
): Promise<ReportOutcome> {
  if (delivery.result === "acknowledged") {
    await acknowledgeEvents(context, eventIds);
    return { result: "sent", nextReportSeconds: delivery.answer.nextReportSeconds };
  }
  if (delivery.result === "refused") {
    const message = `The console refuses the report: ${delivery.message}`;
    return {
      result: "refused",
      error: errorDocument(new VouchsafeError("report.refused", message)),
    };
  }
  const asked = delivery.retryAfterSeconds;
  if (asked !== undefined) {
    await writeBackoff(context.fs, context.stateDir, context.clock.now(), asked);
  }
  const message = `The console cannot take the report: ${delivery.message}`;
  return {
    result: "deferred",
    retryAfterSeconds: withJitter(asked ?? defaultRetrySeconds, context.random),
    error: errorDocument(new VouchsafeError("transfer.status", message)),
  };
}

async function attempt(context: ReportContext, state: AgentState): Promise<ReportOutcome> {
  const { fs, stateDir, clock, session, random, http, signal } = context;
  const keysDir = join(stateDir, "keys");
  const link = await readConsoleLink(fs, keysDir);
  const identity = await readIdentity(fs, keysDir);
  if (link === undefined || identity === undefined) return { result: "not-enrolled" };
  const wait = await readBackoff(fs, stateDir, clock.now());
  if (wait > 0) return { result: "deferred", retryAfterSeconds: withJitter(wait, random) };

  const events = await pendingEvents(context);
  const facts = await context.facts();
  const now = clock.now();
  const { boot } = session;
  const report = buildReport({
    identity,
    boot,
    seq: session.nextSeq(),
    now,
    facts,
    agentVersion: context.agentVersion,
    privacy: context.privacy,
    state,
    events,
  });
  const sender = { http, identity, random, ...(signal === undefined ? {} : { signal }) };
  const delivery = await putReport(sender, link.origin, report, now);
  return settle(context, delivery, new Set(report.events.map((event) => event.id)));
}

/**
 * Reports the state, with the events that wait. Never throws: see {@link ReportOutcome}.
 */
export async function sendReport(
  context: ReportContext,
  state: AgentState,
): Promise<ReportOutcome> {
  try {
    const outcome = await attempt(context, state);
    context.log.debug("report", { result: outcome.result });
    return outcome;
  } catch (cause) {
    const error = errorDocument(cause);
    context.log.warn("report failed", { code: error.code, reason: error.message });
    const retryAfterSeconds = withJitter(defaultRetrySeconds, context.random);
    return { result: "deferred", retryAfterSeconds, error };
  }
}

/** Spools an event for the next report. Never throws: false when it could not be kept. */
export async function recordEvent(
  context: SpoolContext & { readonly log: Log },
  event: NewEvent,
): Promise<boolean> {
  try {
    await spoolEvent(context, event);
    return true;
  } catch (cause) {
    context.log.warn("event not kept", { reason: errorDocument(cause).message });
    return false;
  }
}
