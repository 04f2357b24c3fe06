/**
 * The history: one line for each thing that happened to a database, each naming the hash of the
 * line before it, so that a removed or changed line shows.
 */
import { diskError } from "../../host/disk-error.ts";
import { appendLineDurable, lstatIfExists, readFileIfExists } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { isObject, type JsonObject, own, parseJson } from "../../protocol/json.ts";
import { formatError, integerAt, required, stringAt } from "../../protocol/tuf/fields.ts";
import { digestAt, encodeReleaseRef, parseReleaseRef, type ReleaseRef } from "./release-ref.ts";
import { stateFormat } from "./state-file.ts";

/** What can happen to a database. */
export const historyKinds = [
  "installed",
  "repaired",
  "reverted",
  "refused",
  "rolled-back",
  "held",
  "released",
  "tampered",
] as const;
export type HistoryKind = (typeof historyKinds)[number];

/** What is told of an event. */
export interface HistoryEvent {
  /** 32 hex characters, random: the same event is never written twice. */
  readonly id: string;
  readonly at: string;
  readonly kind: HistoryKind;
  readonly database: string;
  readonly from: ReleaseRef | null;
  readonly to: ReleaseRef | null;
  /** Error code, for `reverted` and `refused`. */
  readonly error?: string;
  /** In one line: the reason of a hold, the files that were changed. */
  readonly note?: string;
}

/** An event as it stands in the file. */
export interface HistoryLine extends HistoryEvent {
  /** 1 for the first line. */
  readonly seq: number;
  /** SHA-256 of the line before, without its line end; null for the first. */
  readonly previous: Sha256 | null;
}

/** Where the history stands. */
export interface HistoryHead {
  readonly size: number;
  readonly sha256: Sha256;
}

const maxFileBytes = 64_000_000;
const maxLineBytes = 4096;
const maxNote = 240;

function kindAt(text: string): HistoryKind {
  const kind = historyKinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw formatError("history: kind", "is not known");
}

/** Throws `trust.format`. */
export function parseHistoryLine(line: string): HistoryLine {
  const object = parseJson(Buffer.from(line), maxLineBytes);
  const where = "history";
  if (!isObject(object)) throw formatError(where, "is not an object");
  const { from, to, previous } = object;
  const error = own(object, "error");
  const note = own(object, "note");
  return {
    id: stringAt(required(object, "id", where), "id", 32),
    seq: integerAt(required(object, "seq", where), "seq", 1),
    at: stringAt(required(object, "at", where), "at", 32),
    kind: kindAt(stringAt(required(object, "kind", where), "kind", 32)),
    database: stringAt(required(object, "database", where), "database", 64),
    from: from === null ? null : parseReleaseRef(from),
    to: to === null ? null : parseReleaseRef(to),
    previous: previous === null ? null : digestAt(previous, "previous"),
    ...(error === undefined ? {} : { error: stringAt(error, "error", 80) }),
    ...(note === undefined ? {} : { note: stringAt(note, "note", 4 * maxNote) }),
  };
}

function encodeLine(event: HistoryEvent, seq: number, previous: Sha256 | null): string {
  const { id, at, kind, database, from, to, error, note } = event;
  const value: JsonObject = {
    format: stateFormat,
    id,
    seq,
    at,
    kind,
    database,
    from: from === null ? null : encodeReleaseRef(from),
    to: to === null ? null : encodeReleaseRef(to),
    ...(error === undefined ? {} : { error }),
    ...(note === undefined ? {} : { note: note.slice(0, maxNote).toWellFormed() }),
    previous,
  };
  return JSON.stringify(value);
}

/** The whole lines, without their line ends. Throws `disk.*`. */
export async function readLines(fs: FileSystem, path: string): Promise<string[]> {
  const bytes = await readFileIfExists(fs, path, maxFileBytes);
  if (bytes === undefined) return [];
  const end = bytes.lastIndexOf(0x0a); // what follows the last line end was cut short by a crash
  return end < 0 ? [] : bytes.subarray(0, end).toString("utf8").split("\n");
}

/** The last whole line; reads the end of the file only. */
async function lastLine(fs: FileSystem, path: string): Promise<string | undefined> {
  if ((await lstatIfExists(fs, path)) === undefined) return undefined;
  const file = await fs.open(path, "r+");
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, 2 * maxLineBytes));
    let filled = 0;
    while (filled < tail.length) {
      const position = size - tail.length + filled;
      const count = await file.read(tail, filled, tail.length - filled, position);
      if (count === 0) break;
      filled += count;
    }
    const end = tail.lastIndexOf(0x0a, filled - 1);
    if (end + 1 < filled) {
      // A line that a crash cut short was never acknowledged: its event is written again.
      await file.truncate(size - filled + end + 1);
      await file.sync();
    }
    if (end < 0) return undefined;
    return tail.subarray(tail.lastIndexOf(0x0a, end - 1) + 1, end).toString("utf8");
  } finally {
    await file.close();
  }
}

/** A line's event, or undefined if it is damaged. */
export function tryParse(line: string): HistoryLine | undefined {
  try {
    return parseHistoryLine(line);
  } catch {
    return undefined;
  }
}

/** The last whole line of the file. */
export interface Tail {
  readonly hash: Sha256;
  /** Undefined if the line is damaged. */
  readonly parsed: HistoryLine | undefined;
}

/**
 * The last line; what a crash cut short behind it is cut off. Undefined before the first.
 *
 * @throws VouchsafeError `disk.*`
 */
export async function readTail(fs: FileSystem, path: string): Promise<Tail | undefined> {
  try {
    const last = await lastLine(fs, path);
    return last === undefined ? undefined : { hash: sha256(last), parsed: tryParse(last) };
  } catch (error) {
    throw diskError("read", path, error);
  }
}

/**
 * Appends an event, durably.
 *
 * @param tail what the file ends with
 * @returns where the history stands now
 * @throws VouchsafeError `disk.*`
 */
export async function appendLine(
  fs: FileSystem,
  path: string,
  event: HistoryEvent,
  tail: Tail | undefined,
): Promise<HistoryHead> {
  // After a damaged line the numbering goes on by count; `--verify` names that line.
  const before = tail === undefined ? 0 : (tail.parsed?.seq ?? (await readLines(fs, path)).length);
  const line = encodeLine(event, before + 1, tail?.hash ?? null);
  await appendLineDurable(fs, path, line, { mode: 0o600 });
  return { size: before + 1, sha256: sha256(line) };
}

/** The events, oldest first; a line that is damaged is left out. Throws `disk.*`. */
export async function readHistory(fs: FileSystem, path: string): Promise<readonly HistoryLine[]> {
  return (await readLines(fs, path)).map(tryParse).filter((line) => line !== undefined);
}

/** Where the history stands, or undefined before the first event. Throws `disk.*`. */
export async function historyHead(fs: FileSystem, path: string): Promise<HistoryHead | undefined> {
  const lines = await readLines(fs, path);
  const last = lines.at(-1);
  return last === undefined ? undefined : { size: lines.length, sha256: sha256(last) };
}
