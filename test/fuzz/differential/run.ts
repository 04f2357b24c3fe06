/** The differential run as a property: both clients agree, or differ at a named point. */

import { type FuzzProperty, fuzzProperty } from "../property.ts";
import { namedPoints, pointOf } from "../stricter.ts";
import { anyCase, type Case, pathOfCase, runCase, type Verdict } from "./case.ts";

/** How often what came out. */
export interface Tally {
  agreed: { accepted: number; absent: number; refused: number };
  readonly named: Map<string, number>;
}

export const newTally = (): Tally => ({
  agreed: { accepted: 0, absent: 0, refused: 0 },
  named: new Map(),
});

function disagreement(one: Case, verdict: Verdict): Error {
  const { ours, theirs } = verdict;
  const looked = JSON.stringify(pathOfCase(one));
  return new Error(
    `The clients differ at no named point, looking for ${looked}.\n  ours: ${JSON.stringify(ours)}\n  tuf-js: ${JSON.stringify(theirs)}`,
    { cause: ours.crash },
  );
}

/** Judges one case and counts it; throws when nothing explains a difference. */
export async function judgeCase(one: Case, tally: Tally): Promise<void> {
  const verdict = await runCase(one);
  const { ours, theirs, earlier } = verdict;
  if (ours.crash !== undefined) throw disagreement(one, verdict);
  if (earlier?.some(({ target }) => target === undefined) === true) {
    throw new Error(`An honest publication was refused: ${JSON.stringify(earlier)}`);
  }
  if (one.mutations.length === 0 && (!ours.refreshed || !theirs.refreshed)) {
    throw disagreement(one, verdict);
  }
  if (ours.refreshed === theirs.refreshed && ours.target === theirs.target) {
    const kind = ours.target !== undefined ? "accepted" : ours.refreshed ? "absent" : "refused";
    tally.agreed[kind] += 1;
    return;
  }
  const point = pointOf({ ...verdict, one });
  if (point === undefined) throw disagreement(one, verdict);
  tally.named.set(point.name, (tally.named.get(point.name) ?? 0) + 1);
}

/** The property; what it counts goes into the tally. */
export function differential(tally: Tally): FuzzProperty {
  const law = "our client and tuf-js take the same bytes, or differ at a named point";
  return fuzzProperty("differential", law, anyCase, (one) => judgeCase(one, tally));
}

/** The tally for people, one line a point. */
export function tallyLines({ agreed, named }: Tally): readonly string[] {
  const { accepted, absent, refused } = agreed;
  const lines = namedPoints.map(
    ({ name, side, reason }) =>
      `${String(named.get(name) ?? 0).padStart(6)}  ${side}: ${name} (${reason})`,
  );
  return [
    `agreed: ${accepted} accepted alike, ${absent} found no target, ${refused} refused by both`,
    ...lines,
  ];
}
