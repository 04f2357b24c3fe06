/** One update in this process: the engine, and afterwards the report to the console. */
import type { CliContext } from "../../host/cli/types.ts";
import type { Log } from "../../host/log.ts";
import { errorDocument } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import { failedOutcome } from "../update/outcome.ts";
import type {
  ProgressEvent,
  UpdateContext,
  UpdateOutcome,
  UpdateRequest,
} from "../update/types.ts";
import { startCheckIns } from "./check-ins.ts";
import { updateContext } from "./compose.ts";
import { enrolByConfig } from "./enrol-by-config.ts";
import { readReportBaseline, reportUpdate } from "./report-update.ts";
import { writeMetrics } from "./write-metrics.ts";

/** Where an update tells what it does. */
export interface UpdateListeners {
  readonly log: Log;
  readonly onProgress: (event: ProgressEvent) => void;
  /** Told the outcome before the report is sent: a slow console delays nobody. */
  readonly onOutcome: (outcome: UpdateOutcome) => void;
}

/**
 * Performs an update. What goes wrong in it is part of the outcome; a report that fails is only
 * logged.
 *
 * @param lockWaitMs how long to wait for another worker
 */
export async function performUpdate(
  context: CliContext,
  config: AgentConfig,
  request: UpdateRequest,
  listeners: UpdateListeners,
  lockWaitMs: number,
): Promise<UpdateOutcome> {
  const { log, onProgress } = listeners;
  const { update, http } = await updateContext(context, config, { log, lockWaitMs, onProgress });
  try {
    return await runAndReport(context, config, update, request, listeners.onOutcome);
  } finally {
    http.close();
  }
}

/** Runs the engine in surroundings that are ready, tells the outcome, then reports it. */
export async function runAndReport(
  context: CliContext,
  config: AgentConfig,
  update: UpdateContext,
  request: UpdateRequest,
  onOutcome: UpdateListeners["onOutcome"],
): Promise<UpdateOutcome> {
  const baseline = request.planOnly ? undefined : await readReportBaseline(update, config);
  const checkIns = baseline && startCheckIns(context, config, update);
  let outcome: UpdateOutcome;
  try {
    const { runUpdate } = await import("../update/run-update.ts");
    outcome = await runUpdate(update, request);
  } catch (error) {
    context.signal.throwIfAborted();
    outcome = failedOutcome(errorDocument(error));
  } finally {
    await checkIns?.stop();
  }
  onOutcome(outcome);
  if (request.planOnly) return outcome;
  await writeMetrics(update, config, context.program.version.version);
  const told = baseline ?? (await enrolByConfig(context, config, update));
  if (told !== undefined) await reportUpdate(context, config, update, told, outcome.databases);
  return outcome;
}
