/**
 * How mirrors have done, and in which order they are asked because of it: pure. A fault is
 * forgotten by half every while, so that a mirror that healed comes back by itself.
 */

/** What is remembered of a mirror. Moments are milliseconds since 1970. */
export interface MirrorRecord {
  /** Faults, at `at`. */
  readonly failures: number;
  readonly at: number;
  readonly bytesPerSecond?: number;
  /** Asked last until then: what it gave was wrong or stale. */
  readonly asideUntil?: number;
  /** Not asked until then, at its own wish. */
  readonly notBefore?: number;
}

/** By base address. */
export type MirrorRecords = ReadonlyMap<string, MirrorRecord>;

const halfLifeMs = 30 * 60_000;
/** More faults make no difference. */
const maxFailures = 16;
const dayMs = 86_400_000;

/** How long a mirror that gave something wrong is asked last. */
export const asideMs = { wrong: dayMs, stale: 3_600_000, behind: 600_000 } as const;

/** Longest that a server's wish to be left alone counts (design.md, Reports). */
export const longestRetryAfterMs = dayMs;

function failuresNow({ failures, at }: MirrorRecord, now: number): number {
  // A clock that went back makes no fault older or newer than it is.
  const age = Math.max(0, now - at);
  return failures * 2 ** (-age / halfLifeMs);
}

/** A moment that is still to come; one that is further off than it can be is a clock's fault. */
const isAhead = (moment: number | undefined, now: number): boolean =>
  moment !== undefined && moment > now && moment <= now + dayMs;

/** @returns the record after one more fault */
export function afterFailure(record: MirrorRecord | undefined, now: number): MirrorRecord {
  const before = record === undefined ? 0 : failuresNow(record, now);
  return { ...record, failures: Math.min(maxFailures, before + 1), at: now };
}

/** @returns the record after a download of so many bytes in so many milliseconds */
export function afterDelivery(
  record: MirrorRecord | undefined,
  now: number,
  bytes: number,
  ms: number,
): MirrorRecord {
  const rate = (bytes * 1000) / Math.max(1, ms);
  const known = record?.bytesPerSecond;
  const bytesPerSecond = Math.round(known === undefined ? rate : (known + rate) / 2);
  return { ...record, failures: 0, at: now, bytesPerSecond };
}

/** Whether nothing speaks against a relay: then it is asked before the mirrors. */
export function isHealthy(record: MirrorRecord | undefined, now: number): boolean {
  if (record === undefined) return true;
  const left = isAhead(record.asideUntil, now) || isAhead(record.notBefore, now);
  return !left && Math.round(failuresNow(record, now)) === 0;
}

/** How many times slower than the fastest, as a power of two beyond two. */
function slowness(record: MirrorRecord | undefined, fastest: number): number {
  const rate = record?.bytesPerSecond;
  if (rate === undefined || fastest === 0) return 0;
  return Math.max(0, Math.log2(fastest / Math.max(1, rate)) - 1);
}

/**
 * The mirrors to ask, best first: healthy relays, then the configured order, unless faults, a much
 * lower rate or wrong bytes speak against it. Those that asked to be left alone are missing.
 */
export function orderMirrors(
  urls: readonly string[],
  records: MirrorRecords,
  now: number,
  relays: ReadonlySet<string> = new Set(),
): readonly string[] {
  const rates = urls.map((url) => records.get(url)?.bytesPerSecond ?? 0);
  const fastest = Math.max(0, ...rates);
  const rated = urls.flatMap((url, index) => {
    const record = records.get(url);
    if (isAhead(record?.notBefore, now)) return [];
    const aside = isAhead(record?.asideUntil, now) ? 1 : 0;
    const failures = record === undefined ? 0 : failuresNow(record, now);
    const group = relays.has(url) && isHealthy(record, now) ? 0 : 1;
    return [{ url, index, aside, group, cost: Math.round(failures + slowness(record, fastest)) }];
  });
  const sorted = rated.toSorted(
    (a, b) => a.aside - b.aside || a.group - b.group || a.cost - b.cost || a.index - b.index,
  );
  return sorted.map(({ url }) => url);
}

/** When the first of mirrors that all want to be left alone may be asked; undefined if one may now. */
export function earliestOf(
  urls: readonly string[],
  records: MirrorRecords,
  now: number,
): number | undefined {
  const moments = urls.map((url) => records.get(url)?.notBefore);
  if (moments.some((moment) => !isAhead(moment, now))) return undefined;
  return Math.min(...moments.map((moment) => moment ?? now));
}
