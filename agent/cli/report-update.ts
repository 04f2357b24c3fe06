/**
 * After an update: what happened goes into the spool, and the state to the console, if this
 * machine is enrolled. Nothing here can change how the update ended.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { CliContext } from "../../host/cli/types.ts";
import type { Log } from "../../host/log.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import { type ConsoleLink, readConsoleLink } from "../report/console-link.ts";
import type { ReportOutcome } from "../report/send-report.ts";
import type { NewEvent, SpoolContext } from "../report/spool.ts";
import { type LastCheck, readLastRun } from "../store/last-run.ts";
import { statePlaces } from "../store/layout.ts";
import { type EngineState, readState } from "../update/read-state.ts";
import { tamperedSentence } from "../update/self-check.ts";
import type { DatabaseOutcome, EngineContext } from "../update/types.ts";
import { userAgent } from "./compose.ts";
import { consoleOptions } from "./network.ts";

/** The console that is told, and how each database's check ended before this one. */
export interface ReportBaseline {
  readonly link: ConsoleLink;
  readonly before: ReadonlyMap<string, LastCheck>;
}

/** Longest that a report may keep the command from ending, milliseconds. */
const patienceMs = 20_000;

function whyNot(log: Log, error: unknown): undefined {
  log.warn("no report is sent", { reason: toVouchsafeError(error).message });
  return undefined;
}

/**
 * What a report after the update will need of the time before it; undefined when there is no
 * console to tell. Never throws.
 */
export async function readReportBaseline(
  { fs, state, log }: EngineContext,
  config: AgentConfig,
): Promise<ReportBaseline | undefined> {
  try {
    const link = await readConsoleLink(fs, join(state, "keys"));
    if (link === undefined) return undefined;
    const configured = config.console?.url;
    if (configured !== undefined && configured !== link.origin) {
      log.warn("no report is sent: the configuration names another console than the enrolment", {
        configured,
        enrolled: link.origin,
      });
      return undefined;
    }
    const run = await readLastRun(fs, statePlaces(state).lastRun);
    return { link, before: run?.databases ?? new Map() };
  } catch (error) {
    return whyNot(log, error);
  }
}

/** The event that a database's outcome is worth; a failure that only repeats is none. Pure. */
export function eventOf(
  { name, result, error, from, to }: DatabaseOutcome,
  before: LastCheck | undefined,
): NewEvent | undefined {
  if (result === "updated") {
    const message = `${from?.label ?? "nothing"} → ${to?.label ?? "nothing"}`;
    return { kind: "installed", database: name, message };
  }
  if (error === undefined || result === "held") return undefined;
  if (before?.result === result && before.error?.code === error.code) return undefined;
  const kind = result === "reverted" || result === "refused" ? result : "failed";
  return { kind, database: name, message: error.message };
}

/** The events that a database's outcome is worth: pure. */
export function eventsOf(
  outcome: DatabaseOutcome,
  before: LastCheck | undefined,
): readonly NewEvent[] {
  const { name, tampered = [], mirrors = [] } = outcome;
  const message = tamperedSentence(tampered);
  const found = { kind: "tampered", database: name, message } as const;
  const told = mirrors.map((sentence) => ({
    kind: "mirror" as const,
    database: name,
    message: sentence,
  }));
  return [tampered.length > 0 ? found : undefined, ...told, eventOf(outcome, before)].filter(
    (event) => event !== undefined,
  );
}

/** The state as a report carries it: pure. */
export function reportedState(state: EngineState, config: AgentConfig) {
  const { everyMs } = config.schedule;
  return {
    databases: state.databases.map(
      ({ name, release, installedAt, lastCheckAt, lastResult, error, hold }) => ({
        name,
        release,
        installedAt,
        lastCheckAt,
        lastResult,
        ...(error === undefined ? {} : { error }),
        ...(hold === null ? {} : { hold }),
      }),
    ),
    lastResult: state.lastResult,
    ...(everyMs === undefined ? {} : { intervalSeconds: everyMs / 1000 }),
    ...(state.historyHead === undefined ? {} : { historyHead: state.historyHead }),
  };
}

/**
 * Sends the state as it is now, and those events.
 *
 * @param signal gives it up
 * @throws VouchsafeError `disk.*` when the state cannot be read
 */
export async function reportState(
  context: CliContext,
  config: AgentConfig,
  engine: EngineContext,
  events: readonly NewEvent[],
  signal: AbortSignal,
): Promise<ReportOutcome> {
  const { fs, clock, log, state: stateDir } = engine;
  const [{ newReportSession, recordEvent, sendReport }, { systemFacts }, transport] =
    await Promise.all([
      import("../report/send-report.ts"),
      import("../report/facts.ts"),
      import("../report/console-http.ts"),
    ]);
  const spool: SpoolContext = { fs, clock, random: randomBytes, stateDir };
  for (const event of events) await recordEvent({ ...spool, log }, event);
  const name = userAgent(context.program.version);
  const options = await consoleOptions(fs, config, name, context.env);
  const client = transport.createConsoleClient(options);
  try {
    const report = {
      ...spool,
      log,
      http: transport.consoleHttp(client),
      facts: () => systemFacts(clock),
      privacy: config.console?.hostname ?? "plain",
      agentVersion: context.program.version.version,
      session: newReportSession(randomBytes),
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    };
    const sent = await sendReport(report, reportedState(await readState(engine), config));
    if (sent.result === "refused") log.warn("report refused", { reason: sent.error.message });
    return sent;
  } finally {
    client.close();
  }
}

/** Tells the console how it is now, and what came of those databases. Never throws. */
export async function reportUpdate(
  context: CliContext,
  config: AgentConfig,
  engine: EngineContext,
  { before }: ReportBaseline,
  databases: readonly DatabaseOutcome[],
): Promise<void> {
  try {
    const events = databases.flatMap((database) => eventsOf(database, before.get(database.name)));
    await reportState(context, config, engine, events, context.signal);
  } catch (error) {
    whyNot(engine.log, error);
  }
}
