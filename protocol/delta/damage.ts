/** How a delta that cannot be right is refused. */
import { VouchsafeError } from "../errors.ts";

/** A delta does not decode to its file: `trust.mismatch`. `what` completes "The delta …". */
export function damaged(what: string): VouchsafeError {
  return new VouchsafeError("trust.mismatch", `The delta ${what}.`);
}
