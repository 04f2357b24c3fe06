/**
 * While a long update runs, the console is told at its interval that this machine is there: a
 * download never holds the check-in up.
 */
import type { CliContext } from "../../host/cli/types.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import type { ReportOutcome } from "../report/send-report.ts";
import type { EngineContext } from "../update/types.ts";
import { reportState } from "./report-update.ts";

/** Check-ins that are being made. */
export interface CheckIns {
  /** Ends them; one that is under way is given up. Never rejects. */
  stop(): Promise<void>;
}

/** Longest wait for the first one, milliseconds. */
const firstMs = 15 * 60_000;
const minuteMs = 60_000;

/** Milliseconds until the next: what the console asked for, or a while when there is no use. */
function waitAfter(outcome: ReportOutcome): number {
  switch (outcome.result) {
    case "sent":
      return Math.max(minuteMs, outcome.nextReportSeconds * 1000);
    case "deferred":
      return Math.max(minuteMs, outcome.retryAfterSeconds * 1000);
    case "not-enrolled":
    case "refused":
      return firstMs;
  }
}

/** Begins with a wait: an update that is over soon makes none. */
export function startCheckIns(
  context: CliContext,
  config: AgentConfig,
  engine: EngineContext,
): CheckIns {
  const { clock, signal } = context;
  const ending = new AbortController();
  const ends = AbortSignal.any([ending.signal, signal]);
  async function loop(): Promise<void> {
    let wait = Math.min(config.schedule.everyMs ?? firstMs, firstMs);
    while (!ends.aborted) {
      await clock.sleep(wait, ends);
      wait = waitAfter(await reportState(context, config, engine, [], ends));
    }
  }
  const done = loop().catch((error: unknown) => {
    if (ends.aborted) return;
    engine.log.warn("no more reports during this update", {
      reason: toVouchsafeError(error).message,
    });
  });
  return {
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}
