/**
 * Which mirror is asked next. One that gives something wrong is not asked again for the same
 * thing; one that fails for now is, after the others, after a wait.
 */
import type { Clock } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import type { VouchsafeError } from "../../protocol/errors.ts";
import { backoffMs, downloadBackoff, parseRetryAfter } from "./backoff.ts";

/** What attempts need from outside. */
export interface RetryPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Told of every fault of a mirror. */
  readonly onFailure?: (mirror: string, error: VouchsafeError) => void;
  /** How often each mirror is asked at most; a few times if absent. */
  readonly rounds?: number;
}

/** The attempts at one thing. */
export interface Attempts {
  /**
   * The mirror to ask now, after a wait if all were asked before.
   *
   * @throws VouchsafeError of all last errors the one that tells most, when no mirror is left
   *   that may do better; the signal's reason
   */
  next(): Promise<string>;
  /** @param progressed whether it brought something before it failed: that is worth more rounds */
  failed(mirror: string, error: VouchsafeError, progressed: boolean): void;
}

const usualRounds = 3;

/** Whether another mirror may do better: what failed here is the mirror's doing, not ours. */
export function isMirrorFault(error: VouchsafeError): boolean {
  return (
    error.code.startsWith("transfer.") ||
    error.code === "repository.missing" ||
    error.code === "trust.mismatch"
  );
}

/** The error that tells most: forged bytes before a lack, a lack before silence. */
export function worst(errors: readonly VouchsafeError[]): VouchsafeError {
  const rank = ({ code }: VouchsafeError) =>
    code === "trust.mismatch" ? 0 : code === "repository.missing" ? 1 : 2;
  const [first, ...rest] = errors;
  if (first === undefined) throw new Error("no mirror was asked");
  return rest.reduce((a, b) => (rank(b) < rank(a) ? b : a), first);
}

/** What a server asked for, in milliseconds; undefined if nothing. */
export function retryAfterOf(error: VouchsafeError, nowMs: number): number | undefined {
  const value = error.details["retryAfter"];
  return typeof value === "string" ? parseRetryAfter(value, nowMs) : undefined;
}

/**
 * @param mirrors base addresses in the order in which they are asked
 * @throws never; see {@link Attempts}
 */
export function makeAttempts(
  mirrors: readonly string[],
  ports: RetryPorts,
  signal?: AbortSignal,
): Attempts {
  const { rounds = usualRounds } = ports;
  const lastErrors = new Map<string, VouchsafeError>();
  let queue = [...mirrors];
  let round = 0;

  /** Whether another attempt at the same mirror, within the patience of a run, may end differently. */
  function mayRecover(mirror: string): boolean {
    const error = lastErrors.get(mirror);
    if (error?.class !== "retryable") return false;
    const asked = retryAfterOf(error, ports.clock.now().getTime()) ?? 0;
    return asked <= downloadBackoff.retryAfterCapMs;
  }

  async function wait(candidates: readonly string[]): Promise<void> {
    const now = ports.clock.now().getTime();
    const asked = candidates
      .map((mirror) => lastErrors.get(mirror))
      .map((error) => (error === undefined ? undefined : retryAfterOf(error, now)))
      .filter((ms) => ms !== undefined);
    const retryAfter = asked.length < candidates.length ? undefined : Math.min(...asked);
    await ports.clock.sleep(backoffMs(round, ports.random(), retryAfter, downloadBackoff), signal);
  }

  return {
    next: async () => {
      signal?.throwIfAborted();
      if (queue.length === 0) {
        const candidates = mirrors.filter(mayRecover);
        if (candidates.length === 0 || round + 1 >= rounds) throw worst([...lastErrors.values()]);
        await wait(candidates);
        round += 1;
        queue = candidates;
      }
      const mirror = queue.shift();
      if (mirror === undefined) throw new Error("no mirror was given");
      return mirror;
    },
    failed: (mirror, error, progressed) => {
      ports.log.debug("A mirror failed", { mirror, error });
      ports.onFailure?.(mirror, error);
      lastErrors.set(mirror, error);
      if (progressed) round = 0;
    },
  };
}
