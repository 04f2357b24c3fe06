/** Schema fields for values with units, each with its bounds. */
import { z } from "zod";
import { toVouchsafeError } from "../../protocol/errors.ts";
import { parseDuration, parseRate, parseSize } from "./units.ts";

/** Bounds, as people write them. */
export interface Bounds {
  readonly min: string;
  readonly max: string;
}

function unitField(parse: (text: string) => number, { min, max }: Bounds) {
  const least = parse(min);
  const most = parse(max);
  return z.union([z.string(), z.int()]).transform((given, context) => {
    try {
      const value = parse(String(given));
      if (value >= least && value <= most) return value;
      context.addIssue(`must be from ${min} to ${max}`);
    } catch (error) {
      context.addIssue(toVouchsafeError(error).message.replace(/\.$/, ""));
    }
    return z.NEVER;
  });
}

/** A duration such as "1h" or "90s"; gives milliseconds. */
export const durationField = (bounds: Bounds) => unitField(parseDuration, bounds);

/** A size such as "5MB"; gives bytes. */
export const sizeField = (bounds: Bounds) => unitField(parseSize, bounds);

/** A rate such as "5MB/s"; gives bytes per second. */
export const rateField = (bounds: Bounds) => unitField(parseRate, bounds);
