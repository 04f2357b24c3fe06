/** A request as a child: its command line, its events, and its last word whatever happens to it. */
import type { ErrorCode } from "../../protocol/error-codes.ts";
import { type ErrorDocument, errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import { isObject, type JsonObject, own } from "../../protocol/json.ts";
import type { OutcomeEvent, WorkRequest } from "./messages.ts";
import type { Worker, WorkerEnd } from "./worker.ts";

/** What a check by the schedule asks for. */
export const scheduledCheck: WorkRequest = { databases: [], now: false, force: false, plan: false };

/** The child's arguments: pure. The configuration comes on its standard input. */
export function workerArguments({ databases, now, force, plan }: WorkRequest): readonly string[] {
  return [
    "update",
    "--events",
    "--config",
    "-",
    ...(now ? ["--now"] : []),
    ...(force ? ["--force"] : []),
    ...(plan ? ["--plan"] : []),
    "--",
    ...databases,
  ];
}

function isOutcome(event: JsonObject): event is JsonObject & OutcomeEvent {
  const exitCode = own(event, "exitCode");
  return (
    own(event, "event") === "outcome" &&
    typeof exitCode === "number" &&
    isObject(own(event, "document"))
  );
}

function endError({ watchdog, startError, code, signal, stderr }: WorkerEnd): VouchsafeError {
  const fault = (message: string, errorCode: ErrorCode = "internal.unexpected") =>
    new VouchsafeError(errorCode, message);
  if (startError !== undefined) {
    return new VouchsafeError("internal.unexpected", "The update could not be started.", {
      cause: startError,
    });
  }
  if (watchdog === "silent") return fault("The update was ended: it did nothing for too long.");
  if (watchdog === "too-long") return fault("The update was ended: it took too long.");
  const how = code === null ? `was ended by ${signal ?? "a signal"}` : `ended with code ${code}`;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return fault(`The update ${how} without an outcome${said === "" ? "" : `: ${said}`}.`);
}

/** The last word in place of a child that gave none. */
function failedOutcome(error: ErrorDocument, exitCode: number): OutcomeEvent {
  const document = { result: "failed", databases: [], error: { ...error } };
  const errors = [`${error.message} [${error.code}]`, `  what to do: ${error.advice}`];
  return { event: "outcome", exitCode, document, lines: [], errors };
}

/** Starts a child with those arguments, which tells each event. */
export type StartWorker = (args: readonly string[], onEvent: (event: JsonObject) => void) => Worker;

/** A request that is being carried out. */
export interface Job {
  /** The outcome; never rejects. It comes as soon as it is known, the child may still report. */
  readonly outcome: Promise<OutcomeEvent>;
  /** Resolves when the child is gone. */
  readonly ended: Promise<void>;
  stop(): void;
  /** Whether the child lives on although it was ended. */
  stuck(): boolean;
}

/**
 * Carries out a request in a child.
 *
 * @param onEvent told every event but the outcome
 */
export function startJob(
  start: StartWorker,
  request: WorkRequest,
  onEvent: (event: JsonObject) => void,
): Job {
  const { promise, resolve } = Promise.withResolvers<OutcomeEvent>();
  const worker = start(workerArguments(request), (event) => {
    if (isOutcome(event)) resolve(event);
    else onEvent(event);
  });
  const waitForEnd = async (): Promise<void> => {
    const end = await worker.ended;
    resolve(failedOutcome(errorDocument(endError(end)), 1)); // of no effect after an outcome
  };
  const ended = waitForEnd();
  return { outcome: promise, ended, stop: () => worker.stop(), stuck: () => worker.stuck() };
}
