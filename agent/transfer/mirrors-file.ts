/** `mirrors.json` in the state folder: what is remembered of mirrors. It may be lost at any time. */
import { join } from "node:path";
import { readFileIfExists, writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import { errorDocument } from "../../protocol/errors.ts";
import { isObject, type JsonObject, type JsonValue, own, parseJson } from "../../protocol/json.ts";
import { integerAt, objectAt } from "../../protocol/tuf/fields.ts";
import type { MirrorRecord, MirrorRecords } from "./mirror-health.ts";
import type { OriginRecord } from "./origin-watch.ts";

/** All that is remembered. */
export interface MirrorsMemory {
  readonly records: MirrorRecords;
  readonly origin: OriginRecord;
}

const format = 1;
const maxBytes = 256 * 1024;
const nothing: MirrorsMemory = { records: new Map(), origin: {} };

const pathIn = (state: string): string => join(state, "mirrors.json");

function recordAt(value: JsonValue | undefined): MirrorRecord {
  const object = objectAt(value, "a mirror");
  const number = (name: string): number => integerAt(own(object, name), name, 0);
  const has = (name: string): boolean => own(object, name) !== undefined;
  return {
    failures: number("failures"),
    at: number("at"),
    ...(has("bytesPerSecond") && { bytesPerSecond: number("bytesPerSecond") }),
    ...(has("asideUntil") && { asideUntil: number("asideUntil") }),
    ...(has("notBefore") && { notBefore: number("notBefore") }),
  };
}

function originAt(value: JsonValue | undefined): OriginRecord {
  if (value === undefined) return {};
  const object = objectAt(value, "origin");
  const at = own(object, "answeredAt");
  return {
    ...(at === undefined ? {} : { answeredAt: integerAt(at, "answeredAt", 0) }),
    ...(own(object, "missed") === true ? { missed: true } : {}),
  };
}

function parse(bytes: Uint8Array): MirrorsMemory {
  const object = parseJson(bytes, maxBytes);
  if (!isObject(object) || own(object, "format") !== format) return nothing;
  const mirrors = objectAt(own(object, "mirrors"), "mirrors");
  const records = Object.entries(mirrors).map(([url, value]) => [url, recordAt(value)] as const);
  return { records: new Map(records), origin: originAt(own(object, "origin")) };
}

function encode({ records, origin }: MirrorsMemory): Buffer {
  const mirrors: JsonObject = Object.fromEntries(
    [...records].map(([url, record]) => [url, { ...record, failures: Math.ceil(record.failures) }]),
  );
  const kept = Object.keys(origin).length === 0 ? {} : { origin: { ...origin } };
  return Buffer.from(`${JSON.stringify({ format, mirrors, ...kept })}\n`);
}

/** What is remembered; nothing when the file is damaged: health is learnt anew. Never rejects. */
export async function readMirrors(
  fs: FileSystem,
  state: string,
  log: Pick<Log, "debug">,
): Promise<MirrorsMemory> {
  try {
    const bytes = await readFileIfExists(fs, pathIn(state), maxBytes);
    return bytes === undefined ? nothing : parse(bytes);
  } catch (error) {
    log.debug("The health of mirrors is learnt anew", { error: errorDocument(error) });
    return nothing;
  }
}

/** Writes it down, durably. Never rejects. */
export async function writeMirrors(
  fs: FileSystem,
  state: string,
  log: Pick<Log, "debug">,
  memory: MirrorsMemory,
): Promise<void> {
  try {
    await writeFileDurable(fs, pathIn(state), encode(memory), { mode: 0o600 });
  } catch (error) {
    log.debug("The health of mirrors could not be written", { error: errorDocument(error) });
  }
}
