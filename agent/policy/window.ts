/**
 * Maintenance windows: pure functions from a window and a moment to whether it is open, and when
 * it opens or closes. A window is a rule over wall-clock time in its zone, so that daylight saving
 * needs no special case: in the hour that comes twice it holds both times, and of the hour that is
 * skipped nothing is left (a window that lies wholly in it does not open that day).
 */
import type { WindowConfig } from "../config/types.ts";

const minuteMs = 60_000;
const dayMinutes = 1440;
/** Zones change their offset only at quarter hours of UTC: within one it is constant. */
const quarterMs = 15 * minuteMs;
/** A weekly window that daylight saving swallows once opens again within this. */
const horizonMs = 16 * 86_400_000;

/** Minutes of wall-clock time since 1970, as if it were UTC. */
type WallMinute = number;

/** How a zone's clocks stand at a moment; one formatter serves a whole search. */
function wallClock(zone: string): (atMs: number) => WallMinute {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (atMs) => {
    const at = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => at.get(type) ?? Number.NaN;
    const date = Date.UTC(part("year"), part("month") - 1, part("day"));
    return date / minuteMs + part("hour") * 60 + part("minute");
  };
}

/** 0 is Sunday; 1 January 1970 was a Thursday. */
function weekdayOf(wall: WallMinute): number {
  return (Math.floor(wall / dayMinutes) + 4) % 7;
}

/** Whether a window holds at a wall-clock time. Over midnight it belongs to the day it began. */
function holds({ days, from, to }: WindowConfig, wall: WallMinute): boolean {
  const minute = wall % dayMinutes;
  const today = days.includes(weekdayOf(wall));
  if (from < to) return today && minute >= from && minute < to;
  const yesterday = days.includes((weekdayOf(wall) + 6) % 7);
  return (today && minute >= from) || (yesterday && minute < to);
}

/** How a window is at a moment. Milliseconds since 1970; undefined if it never changes. */
export type WindowState =
  | { readonly open: true; readonly closesAt: number | undefined }
  | { readonly open: false; readonly opensAt: number | undefined };

/** How a window is, and when that changes. */
export function windowAt(window: WindowConfig, nowMs: number): WindowState {
  const wallAt = wallClock(window.zone);
  const open = holds(window, wallAt(nowMs));
  const change = nextChange(window, nowMs, open, wallAt);
  return open ? { open, closesAt: change } : { open, opensAt: change };
}

/** The first whole minute after `nowMs` at which the window is not as it is now. */
function nextChange(
  window: WindowConfig,
  nowMs: number,
  open: boolean,
  wallAt: (atMs: number) => WallMinute,
): number | undefined {
  const first = (Math.floor(nowMs / minuteMs) + 1) * minuteMs;
  const end = first + horizonMs;
  for (let quarter = Math.floor(first / quarterMs) * quarterMs; quarter < end; ) {
    const next = quarter + quarterMs;
    const wall = wallAt(quarter);
    for (let at = Math.max(quarter, first); at < next; at += minuteMs) {
      if (holds(window, wall + (at - quarter) / minuteMs) !== open) return at;
    }
    quarter = next;
  }
  return undefined;
}
