/**
 * The journal of a database: written before every side effect, gone when all is done. It names
 * what is being done and to which generations, so that recovery need not guess.
 */

import { diskError } from "../../host/disk-error.ts";
import { lstatIfExists, writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { type ErrorCode, errorCodes } from "../../protocol/error-codes.ts";
import type { JsonObject, JsonValue } from "../../protocol/json.ts";
import { formatError, objectAt, required, stringAt } from "../../protocol/tuf/fields.ts";
import { type DatabasePlaces, type GenerationName, isGenerationName } from "../store/layout.ts";
import { encodeReleaseRef, parseReleaseRef, type ReleaseRef } from "../store/release-ref.ts";
import { readStateFile, type StateFile, stateFormat } from "../store/state-file.ts";
import { type JournalledState, journalledStates } from "./transitions.ts";

export const undertakings = ["update", "repair", "rollback"] as const;
/** What is being done. */
export type Undertaking = (typeof undertakings)[number];

/** Why a switch is being undone. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
}

interface Entry {
  /** 32 hex characters, random; the history event bears it as well. */
  readonly id: string;
  readonly kind: Undertaking;
  readonly startedAt: string;
  /** The generation being made, or rolled back to. */
  readonly to: GenerationName;
  readonly release: ReleaseRef;
  /** What was current before. */
  readonly from: GenerationName | null;
  readonly fromRelease: ReleaseRef | null;
}

/** An entry by state; only a revert has a fault. */
export type Journal = Entry &
  (
    | { readonly state: Exclude<JournalledState, "reverting"> }
    | { readonly state: "reverting"; readonly fault: Fault }
  );

const maxBytes = 65_536;

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}

function oneOf<T extends string>(all: readonly T[], text: string, where: string): T {
  const found = all.find((known) => known === text);
  if (found !== undefined) return found;
  throw formatError(where, "is not known");
}

function generationAt(value: JsonValue): GenerationName {
  const text = stringAt(value, "journal: generation");
  if (isGenerationName(text)) return text;
  throw formatError("journal: generation", "is no name of a generation");
}

function parseFault(value: JsonValue): Fault {
  const object = objectAt(value, "journal: fault");
  const code = stringAt(required(object, "code", "journal: fault"), "code", 80);
  if (!isErrorCode(code)) throw formatError("journal: fault: code", "is not known");
  return {
    code,
    message: stringAt(required(object, "message", "journal: fault"), "message", 4096),
  };
}

function parse(object: JsonObject): Journal {
  const text = (name: string) => stringAt(required(object, name, "journal"), `journal: ${name}`);
  const from = required(object, "from", "journal");
  const fromRelease = required(object, "fromRelease", "journal");
  const entry = {
    id: text("id"),
    kind: oneOf(undertakings, text("kind"), "journal: kind"),
    startedAt: text("startedAt"),
    to: generationAt(required(object, "to", "journal")),
    release: parseReleaseRef(required(object, "release", "journal")),
    from: from === null ? null : generationAt(from),
    fromRelease: fromRelease === null ? null : parseReleaseRef(fromRelease),
  };
  const state = oneOf(journalledStates, text("state"), "journal: state");
  if (state !== "reverting") return { ...entry, state };
  return { ...entry, state, fault: parseFault(required(object, "fault", "journal")) };
}

/** Reads the journal. Throws `format.newer`, `disk.*`. */
export function readJournal(fs: FileSystem, places: DatabasePlaces): Promise<StateFile<Journal>> {
  return readStateFile(fs, places.journal, maxBytes, parse);
}

/** Writes the journal, durably. Throws `disk.*`. */
export async function writeJournal(
  fs: FileSystem,
  places: DatabasePlaces,
  journal: Journal,
): Promise<void> {
  const { id, kind, startedAt, to, release, from, fromRelease, state } = journal;
  const value: JsonObject = {
    format: stateFormat,
    id,
    kind,
    state,
    startedAt,
    to,
    release: encodeReleaseRef(release),
    from,
    fromRelease: fromRelease === null ? null : encodeReleaseRef(fromRelease),
    ...(journal.state === "reverting"
      ? { fault: { code: journal.fault.code, message: journal.fault.message.slice(0, 2000) } }
      : {}),
  };
  const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
  await writeFileDurable(fs, places.journal, bytes, { mode: 0o600 });
}

/** Removes the journal, durably: needs no space, so that a full disk can be left. */
export async function clearJournal(fs: FileSystem, places: DatabasePlaces): Promise<void> {
  try {
    if ((await lstatIfExists(fs, places.journal)) === undefined) return;
    await fs.unlink(places.journal);
    await fs.syncDir(places.engine);
  } catch (error) {
    throw diskError("remove", places.journal, error);
  }
}
