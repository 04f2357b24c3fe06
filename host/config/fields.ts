/**
 * Schema fields for values with units, each with its bounds. Built with zod/mini, which is a
 * twentieth of zod in a bundle; they fit into schemas of either.
 */
import { int, NEVER, pipe, string, transform, union } from "zod/mini";
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
  const text = union([string(), int()], { error: "expected a number with a unit" });
  const converted = transform<string | number, number>((given, context) => {
    try {
      const value = parse(String(given));
      if (value >= least && value <= most) return value;
      context.issues.push({
        code: "custom",
        input: given,
        message: `must be from ${min} to ${max}`,
      });
    } catch (error) {
      const message = toVouchsafeError(error).message.replace(/\.$/, "");
      context.issues.push({ code: "custom", input: given, message });
    }
    return NEVER;
  });
  return pipe(text, converted);
}

/** A duration such as "1h" or "90s"; gives milliseconds. */
export const durationField = (bounds: Bounds) => unitField(parseDuration, bounds);

/** A size such as "5MB"; gives bytes. */
export const sizeField = (bounds: Bounds) => unitField(parseSize, bounds);

/** A rate such as "5MB/s"; gives bytes per second. */
export const rateField = (bounds: Bounds) => unitField(parseRate, bounds);
