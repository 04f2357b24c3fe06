/**
 * The one line of a monitoring plugin: `VOUCHSAFE OK - text|performance data` (Monitoring Plugins
 * Development Guidelines). Pure.
 */
import type { MonitoredState } from "./facts.ts";
import type { Status } from "./judge.ts";

/** One number of performance data; `warn` and `crit` are ranges as the guidelines write them. */
export interface Measure {
  readonly label: string;
  readonly value: number;
  readonly unit: "s" | "B";
  readonly warn?: string;
  readonly crit?: string;
}

const maxText = 1000;
const rootReminder = 30 * 86_400;

const secondsBetween = (from: string, to: number): number =>
  Math.round((to - Date.parse(from)) / 1000);

/** The numbers: ages in seconds, sizes in bytes. */
export function measuresOf(
  { databases, roles, lastSuccessAt }: MonitoredState,
  now: number,
  maxAgeMs: number,
): readonly Measure[] {
  const measures: Measure[] = [];
  if (lastSuccessAt !== null) {
    const value = Math.max(0, secondsBetween(lastSuccessAt, now));
    measures.push({ label: "last_success_age", value, unit: "s", crit: `${maxAgeMs / 1000}` });
  }
  for (const { name, created, bytes, release } of databases) {
    if (release === null) continue;
    if (created !== null && created !== "") {
      const value = Math.max(0, secondsBetween(created, now));
      measures.push({ label: `${name}_release_age`, value, unit: "s" });
    }
    measures.push({ label: `${name}_size`, value: bytes, unit: "B" });
  }
  for (const { role, expires } of roles) {
    const value = -secondsBetween(expires, now);
    const warn = role === "root" ? { warn: `${rootReminder}:` } : {};
    measures.push({ label: `${role}_expires_in`, value, unit: "s", ...warn, crit: "0:" });
  }
  return measures;
}

function measureText({ label, value, unit, warn = "", crit = "" }: Measure): string {
  return `${label}=${value}${unit};${warn};${crit}`.replace(/;+$/, "");
}

/** Text as it may stand before the bar: one line, without a bar of its own. */
function textOf(summary: string): string {
  const line = summary.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replaceAll("|", "/");
  return line.length > maxText ? `${line.slice(0, maxText - 1)}…` : line;
}

/** The line. */
export function pluginLine(status: Status, summary: string, measures: readonly Measure[]): string {
  const data = measures.length === 0 ? "" : `|${measures.map(measureText).join(" ")}`;
  return `VOUCHSAFE ${status} - ${textOf(summary)}${data}`;
}
