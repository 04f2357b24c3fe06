/** The mirrors of a run: asked in the order of their health, which outlives the process. */
import type { Clock } from "../../host/clock.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { retryAfterOf } from "./attempts.ts";
import { downloadBackoff } from "./backoff.ts";
import {
  afterDelivery,
  afterFailure,
  asideMs,
  earliestOf,
  isHealthy,
  longestRetryAfterMs,
  type MirrorRecord,
  orderMirrors,
} from "./mirror-health.ts";
import { type MirrorsMemory, readMirrors, writeMirrors } from "./mirrors-file.ts";
import { isOriginDue, originNews } from "./origin-watch.ts";

/** The mirrors. */
export interface Mirrors {
  /**
   * Best first.
   *
   * @throws VouchsafeError `transfer.status` when all want to be left alone for now
   */
  order(): readonly string[];
  /** Relays that nothing speaks against, best first. */
  relays(): readonly string[];
  isRelay(mirror: string): boolean;
  /** Whether a mirror that is no relay has to answer for the timestamp now. */
  originDue(): boolean;
  /**
   * Takes note of how a run ended with the mirrors that are no relays.
   *
   * @param answered whether one has answered for the timestamp
   * @returns what is new about that, in a sentence
   */
  originSeen(answered: boolean): string | undefined;
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

/** Mirrors that are neighbours, and how long they may speak for the others. */
export interface Relays {
  /** Base addresses, each ending in "/". */
  readonly urls: readonly string[];
  readonly originWithinMs: number;
}

const unblemished = (now: number): MirrorRecord => ({ failures: 0, at: now });

const noRelays: Relays = { urls: [], originWithinMs: Number.POSITIVE_INFINITY };

/** Without a memory: in the order given. */
export function plainMirrors(urls: readonly string[]): Mirrors {
  const memory = { records: new Map(), origin: {} };
  return mirrorsOf(urls, noRelays, memory, { now: () => new Date() }, async () => undefined);
}

/** @param urls base addresses, each ending in "/"; without the relays */
export async function openMirrors(
  urls: readonly string[],
  ports: MirrorsPorts,
  relays: Relays = noRelays,
): Promise<Mirrors> {
  const { fs, clock, log, state } = ports;
  const { records, origin } = await readMirrors(fs, state, log);
  const known = new Set([...relays.urls, ...urls]);
  const memory = { origin, records: new Map([...records].filter(([url]) => known.has(url))) };
  return mirrorsOf(urls, relays, memory, clock, (next) => writeMirrors(fs, state, log, next));
}

function mirrorsOf(
  origins: readonly string[],
  { urls: relayUrls, originWithinMs }: Relays,
  memory: MirrorsMemory,
  clock: Pick<Clock, "now">,
  write: (memory: MirrorsMemory) => Promise<void>,
): Mirrors {
  const now = (): number => clock.now().getTime();
  const urls = [...relayUrls, ...origins];
  const relays = new Set(relayUrls);
  const records = new Map(memory.records);
  let { origin } = memory;
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
      if (until === undefined) return orderMirrors(urls, records, now(), relays);
      const when = new Date(until).toISOString();
      const who = urls.length === 1 ? "The server asks" : "All mirrors ask";
      throw new VouchsafeError("transfer.status", `${who} to be left alone until ${when}.`);
    },
    relays: () => relayUrls.filter((url) => isHealthy(records.get(url), now())),
    isRelay: (mirror) => relays.has(mirror),
    originDue: () => relays.size > 0 && isOriginDue(origin, now(), originWithinMs),
    originSeen: (answered) => {
      if (relays.size === 0) return undefined;
      const { record, note } = originNews(origin, answered, now(), originWithinMs);
      changed ||= record !== origin;
      origin = record;
      return note;
    },
    failed: (mirror, error) => {
      if (error.code === "repository.missing") return; // an encoding may be gone, or not there yet
      set(mirror, { ...afterFailure(records.get(mirror), now()), ...wishOf(error) });
    },
    delivered: (mirror, bytes, ms) => {
      set(mirror, afterDelivery(records.get(mirror), now(), bytes, ms));
    },
    setAside: (mirror, why) => {
      const before = records.get(mirror);
      const isFault = why !== "behind";
      const record = isFault ? afterFailure(before, now()) : (before ?? unblemished(now()));
      set(mirror, { ...record, asideUntil: now() + asideMs[why] });
    },
    save: async () => {
      if (!changed) return;
      changed = false;
      await write({ records, origin });
    },
  };
}
