/** Makes any text fit for a report: bounded, well formed, without control characters. */

const controls = /[\p{Cc}\p{Bidi_Control}]+/gu;

/** At most `max` characters; never empty ("-" stands for nothing). */
export function cleanText(text: string, max: number): string {
  const clean = text.slice(0, max).toWellFormed().replace(controls, " ").trim();
  return clean === "" ? "-" : clean;
}
