/** `update`: through the service if one runs, else in this process under the same lock. */
import { formatSeconds } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { isJournal } from "../../host/log/journal-stream.ts";
import { errorDocument, exitCodeOf } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import { startDelayMs } from "../daemon/schedule.ts";
import { exitCodeOfOutcome, failedOutcome } from "../update/outcome.ts";
import type { UpdateOutcome, UpdateRequest } from "../update/types.ts";
import { askService, type ServiceAnswer } from "./ask-service.ts";
import { eventLog, terminalLog } from "./call-log.ts";
import { checkDatabases, openConfig } from "./open-config.ts";
import { performUpdate } from "./perform-update.ts";
import { printOutcome } from "./print-outcome.ts";
import { progressBars, throttled } from "./progress.ts";
import { randomUnit } from "./random.ts";
import { showOutcome } from "./show-outcome.ts";

/** A person waits a little for a check that runs already; the service's child may wait longer. */
const lockWaitMs = { person: 10_000, service: 60_000 } as const;

function requestOf({ options, positionals }: CliContext): UpdateRequest {
  return {
    now: options.flag("now"),
    force: options.flag("force"),
    planOnly: options.flag("plan"),
    ...(positionals.length === 0 ? {} : { databases: [...new Set(positionals)] }),
  };
}

/** Without --now a call (of cron, of a timer) waits a random while, so that a fleet spreads. */
async function waitForJitter(
  context: CliContext,
  config: AgentConfig,
  request: UpdateRequest,
): Promise<void> {
  if (request.now || request.planOnly) return;
  const delay = startDelayMs(config.schedule.jitterMs, randomUnit());
  if (delay >= 1000) {
    context.out.note(
      `Checking in ${formatSeconds(Math.round(delay / 1000))} (--now checks at once).`,
    );
  }
  await context.clock.sleep(delay, context.signal);
}

async function runHere(
  context: CliContext,
  config: AgentConfig,
  request: UpdateRequest,
): Promise<number> {
  await waitForJitter(context, config, request);
  if (!context.out.isJson && isJournal(context.env)) {
    const { updateForJournal } = await import("./journal-update.ts");
    return updateForJournal(context, config, request, lockWaitMs.person);
  }
  const bars = progressBars(context.out);
  const listeners = {
    log: terminalLog(context.out),
    onProgress: bars.listener,
    onOutcome: (outcome: UpdateOutcome) => {
      bars.end();
      printOutcome(context, outcome, showOutcome(outcome));
    },
  };
  try {
    const wait = lockWaitMs.person;
    return exitCodeOfOutcome(await performUpdate(context, config, request, listeners, wait));
  } finally {
    bars.end();
  }
}

/** As the service's child: every step is an event, and the last one is the outcome. */
async function runForService(context: CliContext): Promise<number> {
  const emit = (event: object): void => context.out.line(JSON.stringify(event));
  const tell = (outcome: UpdateOutcome, exitCode: number): void =>
    emit({ event: "outcome", exitCode, document: outcome, ...showOutcome(outcome) });
  try {
    const config = await openConfig(context);
    const request = requestOf(context);
    checkDatabases(config, request.databases ?? []);
    const outcome = await performUpdate(
      context,
      config,
      request,
      {
        log: eventLog(emit),
        onProgress: throttled(context.clock, (event) => emit({ event: "progress", ...event })),
        onOutcome: (found) => tell(found, exitCodeOfOutcome(found)),
      },
      lockWaitMs.service,
    );
    return exitCodeOfOutcome(outcome);
  } catch (error) {
    tell(failedOutcome(errorDocument(error)), exitCodeOf(error));
    return exitCodeOf(error);
  }
}

async function throughService(
  context: CliContext,
  config: AgentConfig,
  request: UpdateRequest,
): Promise<ServiceAnswer | undefined> {
  const bars = progressBars(context.out);
  try {
    return await askService(context, config, request, bars.listener);
  } finally {
    bars.end();
  }
}

/** The document when nothing could be begun. */
export const failure = (error: unknown): unknown => failedOutcome(errorDocument(error));

export async function run(context: CliContext): Promise<number> {
  if (context.options.flag("events")) return runForService(context);
  const config = await openConfig(context);
  const request = requestOf(context);
  checkDatabases(config, request.databases ?? []);
  const answer = await throughService(context, config, request);
  if (answer === undefined) return runHere(context, config, request);
  printOutcome(context, answer.document, answer);
  return answer.exitCode;
}
