/**
 * Keeps the log readable: a failure that repeats is told when it begins or changes, then hourly,
 * and its end is told once. A pure function of what was told before.
 */

/** The failure that was told last, and when. */
export interface ToldFailure {
  readonly signature: string;
  /** Monotonic milliseconds. */
  readonly toldAtMs: number;
  /** How often it came again without a word. */
  readonly silent: number;
}

/** What to do with the newest result. */
export interface Verdict {
  readonly told: ToldFailure | undefined;
  /** `first`: new or changed; `still`: an hour later; `over`: the failure has ended. */
  readonly say: "first" | "still" | "over" | "nothing";
  /** With `still`: how many times it was not told since. */
  readonly silent: number;
}

/** Milliseconds between two lines about the same failure. */
export const repeatMs = 3_600_000;

/**
 * Judges the newest result.
 *
 * @param signature what makes two failures the same; undefined when nothing failed
 */
export function judgeFailure(
  told: ToldFailure | undefined,
  signature: string | undefined,
  nowMs: number,
): Verdict {
  if (signature === undefined) {
    return { told: undefined, say: told === undefined ? "nothing" : "over", silent: 0 };
  }
  const fresh = { signature, toldAtMs: nowMs, silent: 0 };
  if (told?.signature !== signature) return { told: fresh, say: "first", silent: 0 };
  if (nowMs - told.toldAtMs >= repeatMs) {
    return { told: fresh, say: "still", silent: told.silent };
  }
  return { told: { ...told, silent: told.silent + 1 }, say: "nothing", silent: 0 };
}
