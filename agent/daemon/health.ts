/** Whether the supervisor still does what it is for: a pure function of what it knows of itself. */

/** What the supervisor knows. Milliseconds are monotonic. */
export interface HealthFacts {
  readonly nowMs: number;
  /** Whether a child lives on although it was ended. */
  readonly childStuck: boolean;
  /** When the schedule was last looked at; undefined where it does not look once a minute. */
  readonly lookedAtMs: number | undefined;
}

/** Longest time between two looks at a schedule that looks once a minute, in milliseconds. */
export const lookPatienceMs = 600_000;

/** Why the service should be started again; undefined while all is well. */
export function healthProblem({ nowMs, childStuck, lookedAtMs }: HealthFacts): string | undefined {
  if (childStuck) return "an update does not end";
  if (lookedAtMs !== undefined && nowMs - lookedAtMs > lookPatienceMs) {
    return "the schedule stands still";
  }
  return undefined;
}
