/** How the last check of each database ended: one small file, for status and reports. */
import type { FileSystem } from "../../host/file-system.ts";
import type { JsonObject, JsonValue } from "../../protocol/json.ts";
import { own } from "../../protocol/json.ts";
import { type UpdateResult, updateResults } from "../../protocol/report/status-report.ts";
import { formatError, integerAt, objectAt, required, stringAt } from "../../protocol/tuf/fields.ts";
import { readStateFile, writeStateFile } from "./state-file.ts";

/** An error as it is remembered. */
export interface RememberedError {
  readonly code: string;
  readonly message: string;
}

export interface LastCheck {
  readonly at: string;
  readonly result: UpdateResult;
  readonly error?: RememberedError;
  /** When a check last came to its end without a fault; absent before the first. */
  readonly succeededAt?: string;
}

/** The last check of one database. */
export interface LastDatabaseCheck extends LastCheck {
  /** Bytes received for its files, of all runs together. */
  readonly receivedBytes: number;
}

export interface LastRun extends LastCheck {
  readonly databases: ReadonlyMap<string, LastDatabaseCheck>;
}

const maxBytes = 1_000_000;

function resultAt(text: string): UpdateResult {
  const result = updateResults.find((known) => known === text);
  if (result !== undefined) return result;
  throw formatError("last run: result", "is not known");
}

function parseCheck(value: JsonValue | undefined): LastCheck {
  const object = objectAt(value, "last run");
  const error = own(object, "error");
  const succeededAt = own(object, "succeededAt");
  return {
    at: stringAt(required(object, "at", "last run"), "at", 32),
    result: resultAt(stringAt(required(object, "result", "last run"), "result", 32)),
    ...(error === undefined ? {} : { error: parseError(objectAt(error, "error")) }),
    ...(succeededAt === undefined ? {} : { succeededAt: stringAt(succeededAt, "succeededAt", 32) }),
  };
}

function parseDatabase(value: JsonValue | undefined): LastDatabaseCheck {
  const received = own(objectAt(value, "last run"), "receivedBytes") ?? 0;
  return { ...parseCheck(value), receivedBytes: integerAt(received, "receivedBytes", 0) };
}

function parseError(object: JsonObject): RememberedError {
  return {
    code: stringAt(required(object, "code", "error"), "code", 80),
    message: stringAt(required(object, "message", "error"), "message", 4096),
  };
}

function parse(object: JsonObject): LastRun {
  const databases = objectAt(required(object, "databases", "last run"), "databases");
  return {
    ...parseCheck(object),
    databases: new Map(
      Object.entries(databases).map(([name, value]) => [name, parseDatabase(value)] as const),
    ),
  };
}

function encodeCheck({ at, result, error, succeededAt }: LastCheck): JsonObject {
  return {
    at,
    result,
    ...(error === undefined
      ? {}
      : { error: { code: error.code, message: error.message.slice(0, 4096) } }),
    ...(succeededAt === undefined ? {} : { succeededAt }),
  };
}

/** The last run; undefined if there was none or its file is damaged. Throws `disk.*`. */
export async function readLastRun(fs: FileSystem, path: string): Promise<LastRun | undefined> {
  const file = await readStateFile(fs, path, maxBytes, parse);
  return file.kind === "ok" ? file.value : undefined;
}

/** Remembers a run, durably. Throws `disk.*`. */
export async function writeLastRun(fs: FileSystem, path: string, run: LastRun): Promise<void> {
  const databases = [...run.databases].map(
    ([name, check]) =>
      [name, { ...encodeCheck(check), receivedBytes: check.receivedBytes }] as const,
  );
  const value = { ...encodeCheck(run), databases: Object.fromEntries(databases) };
  await writeStateFile(fs, path, value, 0o600);
}
