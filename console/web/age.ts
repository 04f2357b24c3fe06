/** Ages in words, short enough for a table. */

const steps: readonly (readonly [number, string])[] = [
  [86_400 * 365, "y"],
  [86_400 * 7, "wk"],
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/** `3 h`, `12 min`; `now` for what is younger than five seconds or lies ahead. */
export function ageText(sinceMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - sinceMs) / 1000);
  if (seconds < 5) return "now";
  const [size, unit] = steps.find(([step]) => seconds >= step) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${unit}`;
}
