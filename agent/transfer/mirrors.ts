/** The mirrors of a run: asked in the order of their health, which outlives the process. */
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { readFileIfExists, writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import { errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import { isObject, type JsonObject, type JsonValue, own, parseJson } from "../../protocol/json.ts";
import { integerAt, objectAt } from "../../protocol/tuf/fields.ts";
import { retryAfterOf } from "./attempts.ts";
import { downloadBackoff } from "./backoff.ts";
import {
  afterDelivery,
  afterFailure,
  asideMs,
  earliestOf,
  longestRetryAfterMs,
  type MirrorRecord,
  orderMirrors,
} from "./mirror-health.ts";

/** The mirrors. */
export interface Mirrors {
  /**
   * Best first.
   *
   * @throws VouchsafeError `transfer.status` when all want to be left alone for now
   */
  order(): readonly string[];
  failed(mirror: string, error: VouchsafeError): void;
  delivered(mirror: string, bytes: number, ms: number): void;
  /** It is asked last for a while. */
  setAside(mirror: string, why: keyof typeof asideMs): void;
  /** Writes down what is new, durably; never rejects. */
  save(): Promise<void>;
}

/** What the mirrors are kept with. */
export interface MirrorsPorts {
  readonly fs: FileSystem;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** The state folder. */
  readonly state: string;
}

const format = 1;
const maxBytes = 256 * 1024;

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

function parse(bytes: Uint8Array): Map<string, MirrorRecord> {
  const object = parseJson(bytes, maxBytes);
  if (!isObject(object) || own(object, "format") !== format) return new Map();
  const mirrors = objectAt(own(object, "mirrors"), "mirrors");
  return new Map(Object.entries(mirrors).map(([url, value]) => [url, recordAt(value)] as const));
}

function encode(records: ReadonlyMap<string, MirrorRecord>): Buffer {
  const mirrors: JsonObject = Object.fromEntries(
    [...records].map(([url, record]) => [url, { ...record, failures: Math.ceil(record.failures) }]),
  );
  return Buffer.from(`${JSON.stringify({ format, mirrors })}\n`);
}

/** What a file of it says; nothing when it is damaged: health is learnt anew. */
async function load({ fs, log }: MirrorsPorts, path: string): Promise<Map<string, MirrorRecord>> {
  try {
    const bytes = await readFileIfExists(fs, path, maxBytes);
    return bytes === undefined ? new Map() : parse(bytes);
  } catch (error) {
    log.debug("The health of mirrors is learnt anew", { error: errorDocument(error) });
    return new Map();
  }
}

/** Without a memory: in the order given. */
export function plainMirrors(urls: readonly string[]): Mirrors {
  return mirrorsOf(urls, new Map(), { now: () => new Date() }, async () => undefined);
}

/** @param urls base addresses, each ending in "/" */
export async function openMirrors(urls: readonly string[], ports: MirrorsPorts): Promise<Mirrors> {
  const { fs, clock, log, state } = ports;
  const path = join(state, "mirrors.json");
  const stored = await load(ports, path);
  const records = new Map([...stored].filter(([url]) => urls.includes(url)));
  return mirrorsOf(urls, records, clock, async () => {
    try {
      await writeFileDurable(fs, path, encode(records), { mode: 0o600 });
    } catch (error) {
      log.debug("The health of mirrors could not be written", { error: errorDocument(error) });
    }
  });
}

function mirrorsOf(
  urls: readonly string[],
  records: Map<string, MirrorRecord>,
  clock: Pick<Clock, "now">,
  write: () => Promise<void>,
): Mirrors {
  const now = (): number => clock.now().getTime();
  let changed = false;
  const set = (mirror: string, record: MirrorRecord): void => {
    records.set(mirror, record);
    changed = true;
  };

  /** A wish that outlasts the run is kept; a shorter one is waited for (attempts.ts). */
  function wishOf(error: VouchsafeError): { readonly notBefore?: number } {
    const asked = retryAfterOf(error, now()) ?? 0;
    if (asked <= downloadBackoff.retryAfterCapMs) return {};
    return { notBefore: now() + Math.min(asked, longestRetryAfterMs) };
  }

  return {
    order: () => {
      const until = earliestOf(urls, records, now());
      if (until === undefined) return orderMirrors(urls, records, now());
      const when = new Date(until).toISOString();
      const who = urls.length === 1 ? "The server asks" : "All mirrors ask";
      throw new VouchsafeError("transfer.status", `${who} to be left alone until ${when}.`);
    },
    failed: (mirror, error) => {
      if (error.code === "repository.missing") return; // an encoding may be gone, or not there yet
      set(mirror, { ...afterFailure(records.get(mirror), now()), ...wishOf(error) });
    },
    delivered: (mirror, bytes, ms) => {
      set(mirror, afterDelivery(records.get(mirror), now(), bytes, ms));
    },
    setAside: (mirror, why) => {
      const record = afterFailure(records.get(mirror), now());
      set(mirror, { ...record, asideUntil: now() + asideMs[why] });
    },
    save: async () => {
      if (!changed) return;
      changed = false;
      await write();
    },
  };
}
