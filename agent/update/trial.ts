/** Step "trial": the consumer's own test of the sealed staging folder, before the switch. */
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import type { Fault } from "./journal.ts";
import { type DatabaseRun, subjectOf } from "./run.ts";

/** What the trial says. */
export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "refused"; readonly fault: Fault }
  /** The consumer could not be asked: nothing is condemned. */
  | { readonly kind: "deferred"; readonly fault: Fault };

/**
 * Asks the consumer.
 *
 * @param path the staging folder
 * @throws what is not the consumer's answer; the signal's reason
 */
export async function trial(run: DatabaseRun, release: ReleaseRef, path: string): Promise<Verdict> {
  const { signal } = run.context;
  try {
    await run.database.consumer.trial(subjectOf(run, release, path), signal);
    return { kind: "passed" };
  } catch (cause) {
    signal?.throwIfAborted();
    const { code, message } = toVouchsafeError(cause);
    if (code === "consumer.trial-failed") return { kind: "refused", fault: { code, message } };
    if (code === "consumer.unreachable") return { kind: "deferred", fault: { code, message } };
    throw cause;
  }
}
