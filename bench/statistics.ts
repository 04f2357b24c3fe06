/** Medians: a shared machine makes outliers, and a mean believes them. */
import type { Sample } from "./types.ts";

/**
 * The median; of an even number of values the mean of the middle two.
 *
 * @throws RangeError for no values
 */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError("No values.");
  return (lower + upper) / 2;
};

type OptionalMetric = "bytesWritten" | "privateBytes" | "pssBytes";

/** The median of each number by itself; undefined for no samples. */
export const medianSample = (samples: readonly Sample[]): Sample | undefined => {
  if (samples.length === 0) return undefined;
  const of = (pick: (sample: Sample) => number): number => median(samples.map(pick));
  /** Of a number that not every case has; one that a sample lacks is left out. */
  const known = (name: OptionalMetric): Partial<Sample> => {
    const values = samples.map((sample) => sample[name]).filter((value) => value !== undefined);
    return values.length < samples.length ? {} : { [name]: median(values) };
  };
  return {
    wallMs: of((sample) => sample.wallMs),
    cpuMs: of((sample) => sample.cpuMs),
    peakRssBytes: of((sample) => sample.peakRssBytes),
    bytesReceived: of((sample) => sample.bytesReceived),
    requests: of((sample) => sample.requests),
    ...known("bytesWritten"),
    ...known("privateBytes"),
    ...known("pssBytes"),
  };
};
