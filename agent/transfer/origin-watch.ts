/**
 * Whether a mirror that is no relay has answered for the timestamp of late: a relay could show an
 * old one until it expires, and nobody would notice. Pure.
 */

/** What is remembered. Moments are milliseconds since 1970. */
export interface OriginRecord {
  /** When one last answered with a timestamp that was not refused, or that nothing is new. */
  readonly answeredAt?: number;
  /** None answered when one had to, and that was told. */
  readonly missed?: true;
}

/** Whether one has to answer now. A moment that is still to come is a clock's fault. */
export function isOriginDue({ answeredAt }: OriginRecord, now: number, withinMs: number): boolean {
  return answeredAt === undefined || answeredAt > now || now - answeredAt >= withinMs;
}

/** The record at the end of a run, and what is new about it, in a sentence. */
export interface OriginNews {
  readonly record: OriginRecord;
  readonly note?: string;
}

function missedNote({ answeredAt }: OriginRecord, withinMs: number): string {
  const since = answeredAt === undefined ? "ever" : `since ${new Date(answeredAt).toISOString()}`;
  const allowed = Math.round(withinMs / 60_000);
  return `No mirror but relays has answered for the timestamp ${since} (repository.originWithin: ${allowed} minutes): a relay could hold new releases back.`;
}

/** @param answered whether one has answered in this run */
export function originNews(
  record: OriginRecord,
  answered: boolean,
  now: number,
  withinMs: number,
): OriginNews {
  if (answered) {
    const next = { record: { answeredAt: now } };
    if (record.missed !== true) return next;
    return { ...next, note: "A mirror that is no relay answers for the timestamp again." };
  }
  if (record.missed === true || !isOriginDue(record, now, withinMs)) return { record };
  return { record: { ...record, missed: true }, note: missedNote(record, withinMs) };
}
