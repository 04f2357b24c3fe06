/** Valid signed metadata of every kind, for properties to falsify. */
import * as fc from "fast-check";
import { build, honest } from "../differential/build.ts";
import { repositorySpec } from "../differential/spec.ts";

/** One metadata file. */
export interface Sample {
  readonly role: "root" | "timestamp" | "snapshot" | "targets";
  readonly bytes: Buffer;
}

const typeOf = (name: string): Sample["role"] => {
  const role = name.replace(/^\d+\./, "").replace(/\.json$/, "");
  return role === "root" || role === "timestamp" || role === "snapshot" ? role : "targets";
};

const fixedNow = Date.UTC(2026, 5, 1);
const specs = fc.sample(repositorySpec, { numRuns: 12, seed: 2026 });
const built = await Promise.all(specs.map((spec) => build(spec, fixedNow, honest)));

/** The files of a dozen repositories. */
export const samples: readonly Sample[] = built.flatMap(({ publications }) =>
  Array.from(publications.at(-1) ?? [], ([name, bytes]) => ({ role: typeOf(name), bytes })),
);

/** The bootstrap roots of the same repositories. */
export const roots: readonly Buffer[] = built.map(({ bootstrap }) => bootstrap);

/** Any of the files. */
export const anySample: fc.Arbitrary<Sample> = fc.constantFrom(...samples);
