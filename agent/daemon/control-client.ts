/** A client's end of the control socket: how `agent update` and `agent status` ask the service. */
import { connect, type Socket } from "node:net";
import { type ErrorCode, errorCodes } from "../../protocol/error-codes.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import { isObject, type JsonObject, own, parseJson } from "../../protocol/json.ts";
import { checkControl } from "../platform/machine.ts";
import { makeLineSplitter } from "./lines.ts";
import { type ControlRequest, controlLimits, encodeMessage } from "./messages.ts";

/** What is needed to talk. */
export interface ControlCall {
  readonly socket: string;
  /** The caller's state folder; a service with another one counts as none. */
  readonly state: string;
  readonly request: ControlRequest;
  /** Called once the service has been asked: from then on the work goes on without the caller. */
  readonly onAsked?: () => void;
  /** Told every event before the last. */
  readonly onEvent?: (event: JsonObject) => void;
  readonly signal?: AbortSignal;
}

function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(errorCodes, text);
}

/** The error that the service answered with. */
function errorOf(event: JsonObject): VouchsafeError {
  const error = own(event, "error");
  const code = isObject(error) ? own(error, "code") : undefined;
  const message = isObject(error) ? own(error, "message") : undefined;
  return new VouchsafeError(
    isErrorCode(code) ? code : "internal.unexpected",
    typeof message === "string" ? message.slice(0, 2_000) : "The service answered with an error.",
  );
}

const lost = (): VouchsafeError =>
  new VouchsafeError("internal.unexpected", "The service ended the talk before the outcome.");

/** Connects; undefined when no service listens. */
function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) => {
      const errno = errnoOf(error) ?? "";
      if (["ENOENT", "ECONNREFUSED", "ENOTDIR"].includes(errno)) resolve(undefined);
      else if (errno === "EACCES" || errno === "EPERM") {
        const message = `The service's socket ${path} is closed to this user.`;
        reject(new VouchsafeError("disk.permission", message, { cause: error }));
      } else {
        const message = `The service's socket ${path} cannot be used (${errno}).`;
        reject(new VouchsafeError("disk.io", message, { cause: error }));
      }
    });
  });
}

type Settle = (answer: JsonObject | undefined | VouchsafeError) => void;

/** Handles one line; greets back with the request. */
function takeLine(line: string, greeted: boolean, socket: Socket, call: ControlCall, end: Settle) {
  const event = parseJson(Buffer.from(line), controlLimits.answerBytes);
  if (!isObject(event)) throw lost();
  const kind = own(event, "event");
  if (kind === "error") end(errorOf(event));
  else if (!greeted) {
    const known = kind === "hello" && own(event, "format") === 1;
    if (!known || own(event, "state") !== call.state) end(undefined);
    else {
      socket.write(encodeMessage(call.request));
      call.onAsked?.();
    }
  } else if (kind === "outcome" || kind === "service") end(event);
  else call.onEvent?.(event);
}

function talk(socket: Socket, call: ControlCall): Promise<JsonObject | undefined> {
  return new Promise((resolve, reject) => {
    const splitter = makeLineSplitter(controlLimits.answerBytes);
    let greeted = false;
    const hung = setTimeout(() => end(undefined), controlLimits.helloMs);
    const onAbort = (): void => end(call.signal?.reason);
    const end = (answer: unknown): void => {
      clearTimeout(hung);
      call.signal?.removeEventListener("abort", onAbort);
      socket.removeAllListeners("data").destroy();
      if (answer === undefined) resolve(undefined);
      else if (isEvent(answer)) resolve(answer);
      else reject(answer);
    };
    call.signal?.addEventListener("abort", onAbort, { once: true });
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const line of splitter.push(chunk)) {
          takeLine(line, greeted, socket, call, end);
          greeted = true;
          clearTimeout(hung);
        }
      } catch (error) {
        end(error instanceof VouchsafeError ? error : lost());
      }
    });
    socket.on("error", () => undefined);
    socket.on("close", () => end(greeted ? lost() : undefined));
  });
}

function isEvent(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !(value instanceof Error);
}

/**
 * Asks the service and waits for its last word.
 *
 * @returns the `outcome` or `service` event, or undefined when no service (or another's) is there
 * @throws VouchsafeError what the service answered; `disk.permission` when the socket is closed to
 *   this user, `disk.unsafe-path` when a stranger listens there; the signal's reason
 */
export async function callService(call: ControlCall): Promise<JsonObject | undefined> {
  call.signal?.throwIfAborted();
  if (!checkControl(call.socket)) return undefined;
  const socket = await open(call.socket);
  return socket === undefined ? undefined : talk(socket, call);
}
