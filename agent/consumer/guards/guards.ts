/**
 * Guards: what must hold of a staged release whatever its consumer says of it (pure). A signature
 * shows who made a release, not that it is whole: a list cut short before it was signed loads well.
 */

import type { GuardsConfig, RecordGuard } from "../../config/types.ts";

/** What was measured of a generation. */
export interface Measured {
  /** Bytes of each file, by its path relative to the database. */
  readonly files: ReadonlyMap<string, number>;
  /** For each {@link GuardsConfig.records}, in that order, its count. */
  readonly records: readonly number[];
}

function totalBytes({ files }: Measured): number {
  let total = 0;
  for (const size of files.values()) total += size;
  return total;
}

function sizeViolations({ minBytes, maxBytes }: GuardsConfig, staged: Measured): readonly string[] {
  const total = totalBytes(staged);
  if (minBytes !== undefined && total < minBytes) {
    return [`it has ${total} bytes, and ${minBytes} are the least`];
  }
  if (maxBytes !== undefined && total > maxBytes) {
    return [`it has ${total} bytes, and ${maxBytes} are the most`];
  }
  return [];
}

function fallen(guard: RecordGuard, before: number, after: number): readonly string[] {
  const least = Math.ceil(before * (1 - guard.maxFall / 100));
  if (after >= least) return [];
  const percent = Math.floor(((before - after) / before) * 1000) / 10;
  return [
    `the ${guard.count} of ${guard.files} fall from ${before} to ${after}, by ${percent} % where ${guard.maxFall} % are allowed`,
  ];
}

/**
 * What a staged release violates, as clauses of a sentence; none if it may go on.
 *
 * @param current what was measured of the current generation; nothing is compared without it
 */
export function violationsOf(
  guards: GuardsConfig,
  staged: Measured,
  current: Measured | undefined,
): readonly string[] {
  const missing = guards.mustExist.filter((path) => !staged.files.has(path));
  return [
    ...missing.map((path) => `${path} is missing`),
    ...sizeViolations(guards, staged),
    ...guards.records.flatMap((guard, index) =>
      fallen(guard, current?.records[index] ?? 0, staged.records[index] ?? 0),
    ),
  ];
}
