/** Durations, sizes and rates as people write them. Pure; no schema library. */
import { VouchsafeError } from "../../protocol/errors.ts";

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const sizeUnits: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** Longer texts are nothing that a person wrote. */
const longestText = 40;

function notA(what: string, text: string, example: string): VouchsafeError {
  const shown = JSON.stringify(text.slice(0, longestText));
  return new VouchsafeError("usage.input", `${shown} is not a ${what}; write it like ${example}.`);
}

/**
 * A duration: numbers with units, "90s", "1h30m", "2d"; "0" needs no unit.
 * @returns milliseconds
 * @throws VouchsafeError usage.input
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  if (text.length > longestText || !/^(\d{1,9}(ms|s|min|m|h|d))+$/.test(text)) {
    throw notA("duration", text, "30s or 1h30m");
  }
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|min|m|h|d)/g)) {
    total += Number(count) * (durationUnits[unit ?? ""] ?? 0);
  }
  return total;
}

/**
 * A size: "5MB" is 5,000,000 bytes, "5MiB" 5 × 1024², a bare number bytes.
 * @returns bytes
 * @throws VouchsafeError usage.input
 */
export function parseSize(text: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,6})?) ?([kKMGT]i?B|B|)$/.exec(text);
  const factor = match === null ? undefined : sizeUnits[match[2] ?? ""];
  if (match === null || factor === undefined) throw notA("size", text, "5MB or 64KiB");
  return Math.round(Number(match[1]) * factor);
}

/**
 * A rate: a size with "/s".
 * @returns bytes per second
 * @throws VouchsafeError usage.input
 */
export function parseRate(text: string): number {
  if (!text.endsWith("/s")) throw notA("rate", text, "5MB/s");
  return parseSize(text.slice(0, -2));
}
