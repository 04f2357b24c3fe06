/**
 * Our client beside tuf-js on generated repositories, honest and falsified; a fixed seed, and as
 * many cases as the time allows. The long run is `npm run fuzz -- differential --cases 5000`.
 */
import { expect, test } from "vitest";
import { differential, newTally } from "./differential/run.ts";

test("our client and tuf-js agree, or differ at a named point", async () => {
  const tally = newTally();
  const { cases, failure } = await differential(tally).run({ seed: 2026, milliseconds: 35_000 });
  expect(failure).toBeUndefined();
  expect(cases).toBeGreaterThan(50);
  expect(tally.agreed.accepted).toBeGreaterThan(10);
  expect(tally.agreed.refused).toBeGreaterThan(10);
});
