/** Errors of the operating system, told with the path they are about. */
import type { ErrorCode } from "../protocol/error-codes.ts";
import { errnoOf, toVouchsafeError, VouchsafeError } from "../protocol/errors.ts";

/**
 * An error of the operating system with the path in its message and a `disk.*` code, the original
 * as cause; anything else unchanged.
 */
export function diskError(action: string, path: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (error instanceof VouchsafeError || errno === undefined) return error;
  const mapped = toVouchsafeError(error).code;
  const code: ErrorCode = mapped.startsWith("disk.") ? mapped : "disk.io";
  return new VouchsafeError(code, `Cannot ${action} ${path} (${errno}).`, {
    cause: error,
    details: { path, errno },
  });
}
