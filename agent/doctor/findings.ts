/**
 * The doctor's words: what a check is, and what it finds. A finding is one sentence with what to
 * do about it; a failure has a code of the registry as well, so that its exit code follows.
 */
import { type ErrorCode, errorCodes } from "../../protocol/error-codes.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { DoctorContext } from "./context.ts";

/** What a check finds. */
export type Finding =
  | { readonly severity: "ok"; readonly message: string }
  | { readonly severity: "warning"; readonly message: string; readonly advice: string }
  | {
      readonly severity: "failure";
      readonly message: string;
      readonly advice: string;
      readonly code: ErrorCode;
    };

/** One thing that is looked at. */
export interface Check {
  /** One word or two with a hyphen: how output and documents call it. */
  readonly id: string;
  /** What is looked at, for the documentation; no full stop. */
  readonly title: string;
  /** Changes nothing. What it throws becomes a failure. */
  run(context: DoctorContext, signal: AbortSignal): Promise<readonly Finding[]>;
}

/** All is well. */
export function ok(message: string): Finding {
  return { severity: "ok", message };
}

/** Something works that may stop working, or could not be looked at. */
export function warning(message: string, advice: string): Finding {
  return { severity: "warning", message, advice };
}

/** Something does not work. Without advice that of the code counts. */
export function failure(
  code: ErrorCode,
  message: string,
  advice: string = errorCodes[code].advice,
): Finding {
  return { severity: "failure", code, message, advice };
}

/** An error as a failure. */
export function failureOf(error: unknown, advice?: string): Finding {
  const { code, message, advice: usual } = toVouchsafeError(error);
  return failure(code, message, advice ?? usual);
}
