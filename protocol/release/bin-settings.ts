/**
 * How many bins each database has, for life: the signed field `bins` of the top-level targets,
 * `{"<database>": {"count": N, "style": S}}`. What a proposal may spread its files over is so
 * governed by the targets key, before the first release as well.
 */
import { VouchsafeError } from "../errors.ts";
import { isObject, type JsonObject, jsonObject, own } from "../json.ts";
import { formatError, integerAt, objectAt, stringAt } from "../tuf/fields.ts";
import { type BinStyle, binBits, binLimits, binStyles } from "./bins.ts";

/** The bins of a database. */
export interface BinSetting {
  /** A power of two. */
  readonly count: number;
  readonly style: BinStyle;
}

/** Whether the text names a way to write bins. */
export function isBinStyle(text: string): text is BinStyle {
  return binStyles.some((style) => style === text);
}

/**
 * A setting from what a person gave.
 *
 * @throws VouchsafeError `usage.input`, naming what is allowed
 */
export function makeBinSetting(count: number, style: string = binStyles[0]): BinSetting {
  if (binBits(count) === undefined) {
    const { min, max } = binLimits;
    const allowed = Array.from(
      { length: Math.log2(max / min) + 1 },
      (_, power) => min * 2 ** power,
    );
    const message = `A database has no ${count} bins: the number is one of ${allowed.join(", ")}.`;
    throw new VouchsafeError("usage.input", message);
  }
  if (isBinStyle(style)) return { count, style };
  const message = `"${style.slice(0, 60)}" is no style of bins: it is ${binStyles.join(" or ")}.`;
  throw new VouchsafeError("usage.input", message);
}

/**
 * The settings in the extra fields of the top-level targets.
 *
 * @throws VouchsafeError `trust.format`
 */
export function readBinSettings(extra: JsonObject): ReadonlyMap<string, BinSetting> {
  const field = own(extra, "bins");
  if (field === undefined) return new Map();
  const entries = Object.entries(objectAt(field, "bins")).map(([database, value]) => {
    const where = `bins: ${database.slice(0, 60)}`;
    const setting = objectAt(value, where);
    const count = integerAt(own(setting, "count"), `${where}: count`, binLimits.min);
    const style = stringAt(own(setting, "style"), `${where}: style`, 64);
    if (binBits(count) === undefined || !isBinStyle(style)) {
      throw formatError(where, "names no number or style of bins that there is");
    }
    return [database, { count, style }] as const;
  });
  return new Map(entries);
}

/** The extra fields with one more setting in them. */
export function withBinSetting(
  extra: JsonObject,
  database: string,
  { count, style }: BinSetting,
): JsonObject {
  const field = own(extra, "bins");
  const others = isObject(field) ? Object.entries(field) : [];
  return { ...extra, bins: jsonObject([...others, [database, { count, style }]]) };
}
