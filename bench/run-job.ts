/** Runs the cases of a job in alternating order, so that a drift of the machine hits all alike. */
import { medianSample } from "./statistics.ts";
import type { Case, CaseResult, Job, Sample } from "./types.ts";

/** The order of one round: forwards in even rounds, backwards in odd ones. */
export const orderOfRound = <T>(cases: readonly T[], round: number): readonly T[] =>
  round % 2 === 0 ? cases : cases.toReversed();

/**
 * Runs every case of a job that can run.
 *
 * @param suite the name of the suite, for the results
 * @returns one result a case, in the job's order
 * @throws whatever a case throws: a benchmark that fails measures nothing
 */
export const runJob = async (suite: string, job: Job): Promise<readonly CaseResult[]> => {
  const samples = new Map<Case, Sample[]>(job.cases.map((one) => [one, []]));
  for (let round = 0; round < job.rounds; round += 1) {
    for (const one of orderOfRound(job.cases, round)) {
      if (one.missing !== undefined) continue;
      await one.prepare?.();
      samples.get(one)?.push(await one.run());
    }
  }
  return job.cases.map((one): CaseResult => {
    const own = samples.get(one) ?? [];
    const median = medianSample(own);
    return {
      suite,
      job: job.name,
      name: one.name,
      peer: one.peer ?? false,
      samples: own,
      ...(one.missing === undefined ? {} : { missing: one.missing }),
      ...(job.bytes === undefined ? {} : { bytes: job.bytes }),
      ...(median === undefined ? {} : { median }),
    };
  });
};
