/**
 * What is said on the control socket, one JSON object a line. The service greets first; a client
 * sends one request; events follow until an outcome or an error (`{event: "error", error}`) ends it. Clients send names
 * and switches, never paths.
 */
import { VouchsafeError } from "../../protocol/errors.ts";
import { isArray, isObject, type JsonObject, type JsonValue, own } from "../../protocol/json.ts";
import { checkDatabaseName } from "../../protocol/release/names.ts";

/** A request for an update, as `agent update` takes it. */
export interface WorkRequest {
  readonly databases: readonly string[];
  readonly now: boolean;
  readonly force: boolean;
  readonly plan: boolean;
}

export type ControlRequest =
  | ({ readonly verb: "update" } & WorkRequest)
  /** Asks how the service is; answered at once. */
  | { readonly verb: "service" };

/** The service's first line. */
export interface Hello {
  readonly event: "hello";
  readonly format: 1;
  readonly version: string;
  /** Its state folder: a client with another one is not meant for it. */
  readonly state: string;
}

/** How the service is. */
export interface ServiceStatus {
  readonly event: "service";
  readonly pid: number;
  readonly startedAt: string;
  /** Whether a check or update runs now. */
  readonly busy: boolean;
  /** When the next check is due by the schedule. */
  readonly nextCheckAt: string | null;
}

/** Ends a talk. */
export interface OutcomeEvent {
  readonly event: "outcome";
  readonly exitCode: number;
  /** What `agent update --json` prints. */
  readonly document: JsonObject;
  /** What it prints for a person, on standard output and on standard error. */
  readonly lines?: readonly string[];
  readonly errors?: readonly string[];
}

/** Bounds of the protocol. */
export const controlLimits = {
  requestBytes: 16_384,
  databases: 256,
  clients: 32,
  /** Until a client has sent its request, milliseconds. */
  requestMs: 10_000,
  /** Bytes that wait for a client that does not read: progress is left out, then it is dropped. */
  softBacklogBytes: 262_144,
  hardBacklogBytes: 8_388_608,
  /** Longest line that a client takes from the service. */
  answerBytes: 4_194_304,
  /** Until the service has greeted, milliseconds. */
  helloMs: 3_000,
} as const;

function refuse(message: string): VouchsafeError {
  return new VouchsafeError("usage.input", `The request ${message}.`);
}

function parseLine(line: string): JsonValue {
  try {
    const value: unknown = JSON.parse(line);
    if (isJsonValue(value)) return value;
  } catch {
    // Told below: the text of the parser is of no use to a client.
  }
  throw refuse("is not JSON");
}

function isJsonValue(value: unknown): value is JsonValue {
  return value !== undefined; // only ever given what JSON.parse returned
}

function flag(object: JsonObject, key: string): boolean {
  const value = own(object, key) ?? false;
  if (typeof value === "boolean") return value;
  throw refuse(`has "${key}", which is not true or false`);
}

function names(object: JsonObject): readonly string[] {
  const value = own(object, "databases") ?? [];
  if (!isArray(value) || value.length > controlLimits.databases) {
    throw refuse(`has "databases", which is no list of up to ${controlLimits.databases} names`);
  }
  return value.map((name) => {
    if (typeof name !== "string") throw refuse("has a database name that is no text");
    checkDatabaseName(name);
    return name;
  });
}

const updateKeys = new Set(["verb", "databases", "now", "force", "plan"]);

/**
 * Reads a request. Unknown keys are refused: a client that asks for more than this service knows
 * must not believe that it was heard.
 *
 * @throws VouchsafeError `usage.input`, `names.invalid`
 */
export function parseRequest(line: string): ControlRequest {
  const object = parseLine(line);
  if (!isObject(object)) throw refuse("is not an object");
  const verb = own(object, "verb");
  if (verb === "service" && Object.keys(object).length === 1) return { verb };
  if (verb !== "update") throw refuse("names no verb that the service knows");
  const strange = Object.keys(object).find((key) => !updateKeys.has(key));
  if (strange !== undefined) throw refuse("has a key that the service does not know");
  return {
    verb,
    databases: names(object),
    now: flag(object, "now"),
    force: flag(object, "force"),
    plan: flag(object, "plan"),
  };
}

/** A message as it goes over the wire. */
export function encodeMessage(message: object): string {
  return `${JSON.stringify(message)}\n`;
}
