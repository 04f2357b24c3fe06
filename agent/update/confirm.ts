/**
 * Step "confirm": the consumer is told to reload, and must show that it did. Then the update is
 * committed or taken back; recovery and rollback come through here as well.
 */
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { GenerationName } from "../store/layout.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import { commit } from "./commit.ts";
import type { Fault, Journal } from "./journal.ts";
import { revert } from "./revert.ts";
import { type DatabaseRun, subjectOf } from "./run.ts";

/** How a switch ended. */
export type Settlement =
  | { readonly kind: "committed" }
  | { readonly kind: "reverted"; readonly fault: Fault }
  /** Not confirmed, but there was nothing whole to go back to. */
  | { readonly kind: "kept"; readonly fault: Fault };

/**
 * Has the consumer load a generation and prove it; undefined if it did.
 *
 * @throws what is not the consumer's answer; the signal's reason
 */
export async function faultOfLoading(
  run: DatabaseRun,
  release: ReleaseRef,
  generation: GenerationName,
): Promise<Fault | undefined> {
  const { signal } = run.context;
  const subject = subjectOf(run, release, run.places.generation(generation));
  try {
    await run.database.consumer.reload(subject, signal);
    await run.database.consumer.confirm(subject, signal);
    return undefined;
  } catch (cause) {
    signal?.throwIfAborted();
    const { code, message, class: errorClass } = toVouchsafeError(cause);
    if (errorClass === "consumer" || code === "consumer.unreachable") return { code, message };
    throw cause;
  }
}

/**
 * Confirms what was switched to, and commits or reverts. The run stands in `confirming`.
 *
 * @throws VouchsafeError `disk.*`; the signal's reason. The journal then stays, and the next start
 *   goes on from here
 */
export async function settle(run: DatabaseRun, journal: Journal): Promise<Settlement> {
  const fault = await faultOfLoading(run, journal.release, journal.to);
  if (fault === undefined) {
    run.advance("confirmed");
    await commit(run, journal);
    return { kind: "committed" };
  }
  run.advance("confirm-failed");
  return takeBack(run, journal, fault);
}

/** Reverts a switch, or keeps it if there is no way back. The run stands in `reverting`. */
export async function takeBack(
  run: DatabaseRun,
  journal: Journal,
  fault: Fault,
): Promise<Settlement> {
  const oldLoads = (release: ReleaseRef, generation: GenerationName) =>
    faultOfLoading(run, release, generation).then((oldFault) => oldFault === undefined);
  const moved = await revert(run, journal, fault, oldLoads);
  if (moved) {
    run.advance("moved-back");
    return { kind: "reverted", fault };
  }
  run.advance("no-way-back");
  await commit(run, journal, fault);
  return { kind: "kept", fault };
}
