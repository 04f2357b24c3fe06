/**
 * The one registry of error codes, in four parts by who has to act. `docs/errors.md` is generated
 * from it. A code never changes its meaning; the class decides exit code, backoff and colour.
 */
import { machineCodes } from "./error-codes/machine.ts";
import { networkCodes } from "./error-codes/network.ts";
import { releaseCodes } from "./error-codes/release.ts";
import { trustCodes } from "./error-codes/trust.ts";

export { type ErrorClass, exitCodes, exitOrder } from "./error-classes.ts";

/** Every code with its class, its meaning and what to do about it. */
export const errorCodes = {
  ...machineCodes,
  ...trustCodes,
  ...networkCodes,
  ...releaseCodes,
} as const;

/** A code of the registry. */
export type ErrorCode = keyof typeof errorCodes;
