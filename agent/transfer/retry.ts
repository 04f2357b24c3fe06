/**
 * Attempts over several mirrors, in order. A mirror that gives something wrong is not asked again
 * for it; one that fails for now is, after the others, after a wait.
 */
import type { Clock } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import { toVouchsafeError, type VouchsafeError } from "../../protocol/errors.ts";
import { backoffMs, downloadBackoff, parseRetryAfter } from "./backoff.ts";

/** What attempts need from outside. */
export interface RetryPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

const rounds = 3;

/** Whether another attempt at the same mirror may end differently. */
const isTransient = (error: VouchsafeError): boolean => error.class === "retryable";

/** Whether another mirror may do better: what failed here is the mirror's doing, not ours. */
export function isMirrorFault(error: VouchsafeError): boolean {
  return (
    error.code.startsWith("transfer.") ||
    error.code === "repository.missing" ||
    error.code === "trust.mismatch"
  );
}

/** The error that tells most: forged bytes before a lack, a lack before silence. */
function worst(errors: readonly VouchsafeError[]): VouchsafeError {
  const rank = ({ code }: VouchsafeError) =>
    code === "trust.mismatch" ? 0 : code === "repository.missing" ? 1 : 2;
  const [first, ...rest] = errors;
  if (first === undefined) throw new Error("no mirror was asked");
  return rest.reduce((a, b) => (rank(b) < rank(a) ? b : a), first);
}

function retryAfterOf(error: VouchsafeError, nowMs: number): number | undefined {
  const value = error.details["retryAfter"];
  return typeof value === "string" ? parseRetryAfter(value, nowMs) : undefined;
}

/**
 * Runs `attempt` at one mirror after the other until one succeeds: up to three rounds, fewer when
 * no mirror is left that may do better.
 *
 * @throws VouchsafeError the error that tells most of those of the last attempts; at once what is
 *   no mirror's fault, and the signal's reason
 */
export async function overMirrors<T>(
  mirrors: readonly string[],
  ports: RetryPorts,
  attempt: (mirror: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const lastErrors = new Map<string, VouchsafeError>();
  let candidates = mirrors;
  for (let round = 0; ; round += 1) {
    for (const mirror of candidates) {
      signal?.throwIfAborted();
      try {
        return await attempt(mirror);
      } catch (cause) {
        signal?.throwIfAborted();
        const error = toVouchsafeError(cause);
        if (!isMirrorFault(error)) throw cause;
        ports.log.debug("A mirror failed", { mirror, error });
        lastErrors.set(mirror, error);
      }
    }
    candidates = candidates.filter((mirror) => {
      const error = lastErrors.get(mirror);
      return error !== undefined && isTransient(error);
    });
    if (candidates.length === 0 || round + 1 >= rounds) throw worst([...lastErrors.values()]);
    const now = ports.clock.now().getTime();
    const asked = candidates
      .map((mirror) => lastErrors.get(mirror))
      .map((error) => (error === undefined ? undefined : retryAfterOf(error, now)))
      .filter((ms) => ms !== undefined);
    const retryAfter = asked.length < candidates.length ? undefined : Math.min(...asked);
    await ports.clock.sleep(backoffMs(round, ports.random(), retryAfter, downloadBackoff), signal);
  }
}
