/**
 * The one error class of all programs. A code from the registry says what happened; the
 * registry maps it to a class, an exit code and advice.
 */
import { type ErrorClass, type ErrorCode, errorCodes, exitCodes } from "./error-codes.ts";

/** What may accompany an error. `details` must never hold a secret. */
export interface ErrorExtras {
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/** How an error looks in a JSON document. */
export interface ErrorDocument {
  readonly code: ErrorCode;
  readonly class: ErrorClass;
  readonly message: string;
  readonly advice: string;
}

/** An expected failure: one sentence for a person, one code for a program. */
export class VouchsafeError extends Error {
  override readonly name = "VouchsafeError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.code = code;
    this.details = extras.details ?? {};
  }

  /** The class of the code. */
  get class(): ErrorClass {
    return errorCodes[this.code].class;
  }

  /** What the reader should do. */
  get advice(): string {
    return errorCodes[this.code].advice;
  }
}

/** The errno code ("ENOENT") of an error of the operating system, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const errnoToCode: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: "disk.full",
  EDQUOT: "disk.full",
  EACCES: "disk.permission",
  EPERM: "disk.permission",
  EROFS: "disk.permission",
  EIO: "disk.io",
  EBUSY: "disk.io",
  ENOENT: "disk.io",
  ENOTDIR: "disk.io",
  EISDIR: "disk.io",
  EEXIST: "disk.io",
  ENOTEMPTY: "disk.io",
  EMFILE: "disk.io",
  ELOOP: "disk.io",
};

/**
 * Whatever was thrown, as a VouchsafeError: itself, a `disk.*` code for an error of the operating
 * system, else `internal.unexpected`.
 */
export function toVouchsafeError(error: unknown): VouchsafeError {
  if (error instanceof VouchsafeError) return error;
  const errno = errnoOf(error);
  const code = errno === undefined ? undefined : errnoToCode[errno];
  const message = error instanceof Error ? error.message : String(error);
  return new VouchsafeError(code ?? "internal.unexpected", message, { cause: error });
}

/** The exit code that an error ends a program with. */
export function exitCodeOf(error: unknown): number {
  return exitCodes[toVouchsafeError(error).class];
}

/** The error as it appears in JSON output and in reports. */
export function errorDocument(error: unknown): ErrorDocument {
  const { code, class: errorClass, message, advice } = toVouchsafeError(error);
  return { code, class: errorClass, message, advice };
}
