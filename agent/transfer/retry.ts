/** One request over several mirrors, for what is small enough to be asked for anew each time. */
import { toVouchsafeError } from "../../protocol/errors.ts";
import { type Attempts, isMirrorFault } from "./attempts.ts";

/**
 * Runs `attempt` at one mirror after the other until one succeeds.
 *
 * @throws VouchsafeError as {@link Attempts}; at once what is no mirror's fault
 */
export async function overMirrors<T>(
  attempts: Attempts,
  attempt: (mirror: string) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  for (;;) {
    const mirror = await attempts.next();
    try {
      return await attempt(mirror);
    } catch (cause) {
      signal?.throwIfAborted();
      const error = toVouchsafeError(cause);
      if (!isMirrorFault(error)) throw cause;
      attempts.failed(mirror, error, false);
    }
  }
}
