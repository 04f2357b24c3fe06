/** An update that a timer of systemd has started: told to the journal as the service tells it. */
import type { CliContext } from "../../host/cli/types.ts";
import { journalOptions } from "../../host/log/journal-tool.ts";
import { createLog } from "../../host/log.ts";
import { isObject, type JsonObject, parseJson } from "../../protocol/json.ts";
import type { AgentConfig } from "../config/types.ts";
import { messageIds } from "../daemon/message-ids.ts";
import { controlLimits } from "../daemon/messages.ts";
import { makeNarrator } from "../daemon/narrator.ts";
import { exitCodeOfOutcome } from "../update/outcome.ts";
import type { UpdateRequest } from "../update/types.ts";
import { eventLog } from "./call-log.ts";
import { performUpdate } from "./perform-update.ts";
import { throttled } from "./progress.ts";

/** An event as the service's child would send it. */
function asSent(event: object): JsonObject {
  const value = parseJson(Buffer.from(JSON.stringify(event)), controlLimits.answerBytes);
  return isObject(value) ? value : {};
}

/** Performs an update and logs it by the noise rule; returns the exit code. */
export async function updateForJournal(
  context: CliContext,
  config: AgentConfig,
  request: UpdateRequest,
  lockWaitMs: number,
): Promise<number> {
  const { clock, program } = context;
  const journal = journalOptions(program.name, messageIds);
  const log = await createLog({ ...config.log, journal });
  const narrator = makeNarrator(
    () => log,
    () => clock.monotonicMs(),
  );
  const tell = (event: object): void => narrator.event(asSent(event));
  const listeners = {
    log: eventLog(tell),
    onProgress: throttled(clock, (event) => tell({ event: "progress", ...event })),
    onOutcome: (outcome: object) => narrator.outcome(asSent(outcome)),
  };
  try {
    return exitCodeOfOutcome(await performUpdate(context, config, request, listeners, lockWaitMs));
  } finally {
    await log.close();
  }
}
