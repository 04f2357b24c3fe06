/** An update by way of the service: its events, and its last word in the form that is printed. */
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { isArray, isObject, type JsonObject, type JsonValue, own } from "../../protocol/json.ts";
import type { AgentConfig } from "../config/types.ts";
import { callService } from "../daemon/control-client.ts";
import { type UpdateState, updateStates } from "../update/transitions.ts";
import type { ProgressEvent, UpdateRequest } from "../update/types.ts";
import type { ShownOutcome } from "./show-outcome.ts";

/** What the service answered. */
export interface ServiceAnswer extends ShownOutcome {
  readonly exitCode: number;
  readonly document: JsonObject;
}

function stepOf(value: JsonValue | undefined): UpdateState | undefined {
  return updateStates.find((state) => state === value);
}

/** A progress event; undefined for any other. */
export function parseProgress(event: JsonObject): ProgressEvent | undefined {
  const step = stepOf(own(event, "step"));
  const database = own(event, "database");
  const done = own(event, "done");
  const total = own(event, "total");
  if (own(event, "event") !== "progress" || step === undefined) return undefined;
  if (typeof database !== "string") return undefined;
  if (typeof done !== "number" || typeof total !== "number") return undefined;
  return { database, step, done, total };
}

function texts(value: JsonValue | undefined): readonly string[] {
  return isArray(value) ? value.filter((text) => typeof text === "string") : [];
}

/** @throws VouchsafeError `internal.unexpected` if the service's last word is none */
export function parseAnswer(event: JsonObject): ServiceAnswer {
  const exitCode = own(event, "exitCode");
  const document = own(event, "document");
  const known = typeof exitCode === "number" && Number.isInteger(exitCode);
  if (!known || exitCode < 0 || exitCode > 255 || !isObject(document)) {
    throw new VouchsafeError("internal.unexpected", "The service's answer is not understood.");
  }
  const [lines, errors] = [texts(own(event, "lines")), texts(own(event, "errors"))];
  return { exitCode, document, lines, errors };
}

/**
 * Asks the service for an update.
 *
 * @returns undefined when no service runs
 * @throws VouchsafeError what the service refused with; `disk.permission`; `internal.detached` when
 *   the caller is interrupted, for the service goes on
 */
export async function askService(
  context: CliContext,
  config: AgentConfig,
  { databases, now, force, planOnly }: UpdateRequest,
  onProgress: (event: ProgressEvent) => void,
): Promise<ServiceAnswer | undefined> {
  let asked = false;
  const event = await callService({
    socket: config.socket,
    state: config.state,
    signal: context.signal,
    request: { verb: "update", databases: databases ?? [], now, force, plan: planOnly },
    onAsked: () => {
      asked = true;
    },
    onEvent: (told) => {
      if (own(told, "event") === "queued") context.out.note("The service is busy; waiting for it.");
      const progress = parseProgress(told);
      if (progress !== undefined) onProgress(progress);
    },
  }).catch((cause: unknown) => {
    if (!asked || !context.signal.aborted) throw cause;
    const what = planOnly ? "plan" : "update";
    const message = `Detached from the service, in which the ${what} goes on.`;
    throw new VouchsafeError("internal.detached", message, { cause });
  });
  return event === undefined ? undefined : parseAnswer(event);
}
