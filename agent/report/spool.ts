/**
 * The spool of events (installed, reverted, refused, …): one durable line each, kept until the
 * console acknowledges it. It is bounded: when it overflows, the oldest half becomes one record of
 * a gap, so that the console knows that it does not know.
 */
import { join } from "node:path";
import { readFileIfExists } from "../../host/bounded-read.ts";
import type { Clock } from "../../host/clock.ts";
import { makeDirDurable } from "../../host/directories.ts";
import { appendLineDurable, writeFileDurable } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { acquireLock } from "../../host/lock.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { reportLimits } from "../../protocol/report/limits.ts";
import {
  type EventKind,
  parseReportedEvent,
  type ReportedEvent,
} from "../../protocol/report/status-report.ts";
import { cleanText } from "./clean-text.ts";
import type { Random } from "./identity.ts";

/** What the spool needs of the world. */
export interface SpoolContext {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly stateDir: string;
}

/** What happened. */
export interface NewEvent {
  readonly kind: Exclude<EventKind, "gap">;
  readonly database?: string;
  readonly message: string;
}

/** Events that the spool holds at most. */
export const spoolCapacity = 256;

const maxBytes = 2 * 1024 * 1024;
const waitMs = 5_000;

/** One record in place of several: pure. Gaps among them are added up. */
function gapOf(lost: readonly ReportedEvent[], id: string, at: string): ReportedEvent {
  const count = lost.reduce((sum, event) => sum + (event.lost ?? 1), 0);
  return { id, at, kind: "gap", message: `${count} events were lost.`, lost: count };
}

/** The events within the capacity, the oldest half replaced by a gap when there are more: pure. */
export function boundEvents(
  events: readonly ReportedEvent[],
  capacity: number,
  id: string,
): readonly ReportedEvent[] {
  if (events.length <= capacity) return events;
  const keep = Math.max(1, Math.floor(capacity / 2));
  const lost = events.slice(0, events.length - keep);
  return [gapOf(lost, id, lost.at(-1)?.at ?? ""), ...events.slice(-keep)];
}

const eventLine = (event: ReportedEvent): string => JSON.stringify({ format: 1, ...event });

function newId(random: Random): string {
  return Buffer.from(random(16)).toString("hex");
}

function parseLine(line: string): ReportedEvent | undefined {
  try {
    return parseReportedEvent(Buffer.from(line));
  } catch {
    return undefined; // cut short by a crash, or damaged: counted in the gap
  }
}

const spoolPath = (context: SpoolContext): string =>
  join(context.stateDir, "spool", "events.ndjson");

async function locked<T>(context: SpoolContext, work: () => Promise<T>): Promise<T> {
  const dir = join(context.stateDir, "spool");
  await makeDirDurable(context.fs, dir, 0o700);
  const lock = await acquireLock(join(dir, "lock.sqlite"), { waitMs, clock: context.clock });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function rewrite(context: SpoolContext, events: readonly ReportedEvent[]): Promise<void> {
  const text = events.map((event) => `${eventLine(event)}\n`).join("");
  await writeFileDurable(context.fs, spoolPath(context), Buffer.from(text), { mode: 0o600 });
}

/** What the spool holds; damaged lines are replaced by a gap, durably, before it is used. */
async function load(context: SpoolContext): Promise<readonly ReportedEvent[]> {
  const now = context.clock.now().toISOString();
  let lines: string[];
  try {
    const bytes = await readFileIfExists(context.fs, spoolPath(context), maxBytes);
    lines = (bytes ?? Buffer.alloc(0))
      .toString()
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    if (!(error instanceof VouchsafeError) || error.code !== "disk.too-large") throw error;
    lines = [""]; // not ours any more: start over, and say so
  }
  const parsed = lines.map(parseLine);
  const good = parsed.filter((event) => event !== undefined);
  const lost = parsed.length - good.length;
  if (lost === 0) return good;
  const gap: ReportedEvent = {
    ...gapOf([], newId(context.random), now),
    message: `${lost} events were damaged.`,
    lost,
  };
  const repaired = [gap, ...good];
  await rewrite(context, repaired);
  return repaired;
}

/**
 * Adds an event, durably.
 *
 * @throws VouchsafeError `disk.*`, `busy.locked` when another process holds the spool for 5 s
 */
export async function spoolEvent(context: SpoolContext, event: NewEvent): Promise<void> {
  await locked(context, async () => {
    const stored = await load(context);
    const added: ReportedEvent = {
      id: newId(context.random),
      at: context.clock.now().toISOString(),
      ...event,
      message: cleanText(event.message, reportLimits.message),
    };
    const events = [...stored, added];
    const bounded = boundEvents(events, spoolCapacity, newId(context.random));
    if (bounded !== events) return rewrite(context, bounded);
    return appendLineDurable(context.fs, spoolPath(context), eventLine(added), { mode: 0o600 });
  });
}

/** The oldest events, as many as one report takes. Throws as {@link spoolEvent}. */
export function pendingEvents(context: SpoolContext): Promise<readonly ReportedEvent[]> {
  return locked(context, async () => (await load(context)).slice(0, reportLimits.events));
}

/** Forgets events that the console has acknowledged. Throws as {@link spoolEvent}. */
export async function acknowledgeEvents(
  context: SpoolContext,
  ids: ReadonlySet<string>,
): Promise<void> {
  if (ids.size === 0) return;
  await locked(context, async () => {
    const events = await load(context);
    await rewrite(
      context,
      events.filter((event) => !ids.has(event.id)),
    );
  });
}
