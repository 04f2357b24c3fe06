/** Goals: a figure that somebody asked for, and whether the measured one reaches it. */
import { z } from "zod";
import type { CaseResult, Metric } from "./types.ts";

const metrics = [
  "wallMs",
  "cpuMs",
  "peakRssBytes",
  "bytesReceived",
  "requests",
  "bytesWritten",
  "privateBytes",
  "pssBytes",
] as const satisfies readonly Metric[];

/** goals.json. The limit is `max`, or `factor` × what the peer needs (default 1) + `plus`. */
export const goalsSchema = z.array(
  z.strictObject({
    name: z.string(),
    /** The figure as it was asked for. */
    quote: z.string(),
    suite: z.string(),
    job: z.string(),
    case: z.string(),
    metric: z.enum(metrics),
    limit: z.union([
      z.strictObject({ max: z.number() }),
      z.strictObject({
        peer: z.string(),
        factor: z.number().optional(),
        plus: z.number().optional(),
      }),
    ]),
  }),
);

/** One goal. */
export type Goal = z.infer<typeof goalsSchema>[number];

/** How a goal came out. */
export interface Verdict {
  readonly name: string;
  readonly goal: string;
  readonly measured: string;
  readonly ok: boolean;
}

const units: Readonly<Record<Goal["metric"], (value: number) => string>> = {
  wallMs: (value) => `${value.toFixed(0)} ms`,
  cpuMs: (value) => `${value.toFixed(0)} ms CPU`,
  peakRssBytes: (value) => `${(value / 1e6).toFixed(1)} MB`,
  bytesReceived: (value) => `${value.toFixed(0)} B`,
  requests: (value) => value.toFixed(0),
  privateBytes: (value) => `${(value / 1e6).toFixed(1)} MB private`,
  pssBytes: (value) => `${(value / 1e6).toFixed(1)} MB PSS`,
  bytesWritten: (value) => `${value.toFixed(0)} B written`,
};

/** Compares one goal with the results. What was not measured is missed. */
export const judge = (goal: Goal, results: readonly CaseResult[]): Verdict => {
  const find = (name: string): CaseResult | undefined =>
    results.find((one) => one.suite === goal.suite && one.job === goal.job && one.name === name);
  const valueOf = (name: string): number | undefined => find(name)?.median?.[goal.metric];
  const absence = (name: string): string => `${name}: ${find(name)?.missing ?? "not measured"}`;
  const show = units[goal.metric];
  const measured = valueOf(goal.case);
  const { limit } = goal;
  if ("peer" in limit && valueOf(limit.peer) === undefined) {
    return { name: goal.name, goal: goal.quote, measured: absence(limit.peer), ok: false };
  }
  const bound =
    "max" in limit
      ? limit.max
      : (valueOf(limit.peer) ?? 0) * (limit.factor ?? 1) + (limit.plus ?? 0);
  if (measured === undefined) {
    return { name: goal.name, goal: `≤ ${show(bound)}`, measured: absence(goal.case), ok: false };
  }
  return {
    name: goal.name,
    goal: `≤ ${show(bound)}`,
    measured: show(measured),
    ok: measured <= bound,
  };
};

/** One line: name, goal, measured, ok or MISSED. */
export const verdictLine = ({ name, goal, measured, ok }: Verdict): string =>
  [name, goal, measured, ok ? "ok" : "MISSED"].join("  ");
