/** A property with a name, which the quick tests and the long run both can run. */
import * as fc from "fast-check";

/** How long, and from where, a property is run. */
export interface FuzzRun {
  readonly seed: number;
  /** Stops after so many cases … */
  readonly cases?: number;
  /** … or after so many milliseconds, whichever is first. */
  readonly milliseconds?: number;
  /** Goes straight to the counterexample that an earlier run named. */
  readonly path?: string;
}

/** What came of a run. */
export interface FuzzResult {
  readonly cases: number;
  /** The shrunk counterexample and how to come back to it, if a law was broken. */
  readonly failure?: {
    readonly counterexample: string;
    readonly path: string;
    readonly message: string;
  };
}

/** A law and the hostile input it must hold for. */
export interface FuzzProperty {
  readonly name: string;
  readonly law: string;
  run(options: FuzzRun): Promise<FuzzResult>;
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/**
 * Names a law.
 *
 * @param check throws when the law is broken
 */
export function fuzzProperty<T>(
  name: string,
  law: string,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => void | Promise<void>,
): FuzzProperty {
  return {
    name,
    law,
    run: async ({ seed, cases, milliseconds, path }) => {
      const property = fc.asyncProperty(inputs, async (input) => {
        await check(input);
      });
      const details = await fc.check(property, {
        seed,
        numRuns: cases ?? 1_000_000_000,
        ...(milliseconds === undefined
          ? {}
          : { interruptAfterTimeLimit: milliseconds, markInterruptAsFailure: false }),
        ...(path === undefined ? {} : { path }),
      });
      if (!details.failed) return { cases: details.numRuns };
      const counterexample = fc.stringify(details.counterexample);
      const message = messageOf(details.errorInstance);
      const failure = { counterexample, path: details.counterexamplePath ?? "", message };
      return { cases: details.numRuns, failure };
    },
  };
}
