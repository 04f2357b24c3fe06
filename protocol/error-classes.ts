/**
 * The classes of errors: what kind of trouble a code stands for. The class decides exit code,
 * backoff and colour, so that a new code has nothing to decide.
 */

/** What kind of trouble it is; mapped once to an exit code (design.md, Command line). */
export type ErrorClass =
  | "internal"
  | "usage"
  | "trust"
  | "retryable"
  | "permanent"
  | "disk"
  | "consumer"
  | "busy"
  | "policy";

/** Exit code of every program for an error of that class. */
export const exitCodes: Readonly<Record<ErrorClass, number>> = {
  internal: 1,
  usage: 2,
  trust: 3,
  retryable: 4,
  permanent: 4,
  disk: 5,
  consumer: 6,
  busy: 7,
  policy: 8,
};

/**
 * Of several exit codes the first of these counts (design.md, Command line); what is a fault of
 * ours comes after what concerns releases.
 */
export const exitOrder = [3, 6, 5, 4, 1, 2, 7, 8, 0] as const;

/** A line of the registry. */
export interface CodeEntry {
  readonly class: ErrorClass;
  /** When it occurs, for the documentation. */
  readonly summary: string;
  /** What the reader should do. */
  readonly advice: string;
}

/** Makes a line of the registry. */
export const entry = (errorClass: ErrorClass, summary: string, advice: string): CodeEntry => ({
  class: errorClass,
  summary,
  advice,
});
