import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DiskFacts } from "../../../agent/store/disk.ts";
import { type GenerationName, isGenerationName } from "../../../agent/store/layout.ts";
import { emptyRecord } from "../../../agent/store/record.ts";
import type { StateFile } from "../../../agent/store/state-file.ts";
import { type Journal, undertakings } from "../../../agent/update/journal.ts";
import {
  mustHash,
  type RecoveryFacts,
  type RecoveryStep,
  recoverySteps,
} from "../../../agent/update/recover.ts";
import { journalledStates } from "../../../agent/update/transitions.ts";
import { sha256 } from "../../../protocol/bytes.ts";

const release = (version: number) => ({
  version,
  label: "",
  digest: sha256(`release ${version}`),
});

function generation(version: number): GenerationName {
  const name = `${version}-${release(version).digest.slice(0, 12)}`;
  if (!isGenerationName(name)) throw new Error(name);
  return name;
}

const all = [1, 2, 3].map(generation);
const [first, second, third] = [generation(1), generation(2), generation(3)];

function journalOf(state: Journal["state"], over: Partial<Journal> = {}): Journal {
  const entry = {
    id: "0".repeat(32),
    kind: "update" as const,
    startedAt: "2026-01-01T00:00:00Z",
    to: second,
    release: release(2),
    from: first,
    fromRelease: release(1),
  };
  const fault = { code: "consumer.confirm-failed" as const, message: "no" };
  const journal: Journal = state === "reverting" ? { ...entry, state, fault } : { ...entry, state };
  const { to = journal.to, from = journal.from, kind = journal.kind } = over;
  return { ...journal, to, from, kind };
}

/** A disk as a test sees it: what recovery is told, and what its steps do to it. */
interface Model {
  current: DiskFacts["current"];
  folders: readonly GenerationName[];
  manifests: readonly GenerationName[];
  strays: readonly string[];
  journal: StateFile<Journal>;
  /** Generations whose files are all as signed. */
  readonly sound: ReadonlySet<GenerationName>;
  readonly quarantined: readonly number[];
}

function factsOf(model: Model): RecoveryFacts {
  const { current, folders, manifests, strays, journal, sound, quarantined } = model;
  const disk = { current, folders, manifests, strays };
  const whole = mustHash({ disk, journal })
    ? new Set(folders.filter((name) => manifests.includes(name) && sound.has(name)))
    : new Set<GenerationName>();
  const quarantine = quarantined.map((version) => ({
    release: release(version),
    at: "2026-01-01T00:00:00Z",
    reason: "x",
  }));
  return { disk, journal, record: { ...emptyRecord, quarantine }, whole };
}

const without = <T>(items: readonly T[], item: T) => items.filter((other) => other !== item);

function perform(model: Model, step: RecoveryStep, confirms: boolean): void {
  switch (step.do) {
    case "settle":
      if (!confirms) takeBack(model, step.journal);
      model.journal = { kind: "missing" };
      return;
    case "take-back":
      takeBack(model, step.journal);
      model.journal = { kind: "missing" };
      return;
    case "point":
      model.current = { kind: "generation", name: step.to };
      return;
    case "unpoint":
      model.current = { kind: "none" };
      return;
    case "remove-staging":
      model.strays = without(model.strays, step.name);
      return;
    case "remove-generation":
      model.folders = without(model.folders, step.name);
      model.manifests = without(model.manifests, step.name);
      return;
    case "remove-manifest":
      model.manifests = without(model.manifests, step.name);
      return;
    case "clear-journal":
      model.journal = { kind: "missing" };
      return;
  }
}

/** As `revert` does: back if the old generation is whole, else it stays. */
function takeBack(model: Model, { from, to, kind }: Journal): void {
  const isWhole = (name: GenerationName) =>
    model.sound.has(name) && model.folders.includes(name) && model.manifests.includes(name);
  if (from !== null && !isWhole(from)) return;
  model.current = from === null ? { kind: "none" } : { kind: "generation", name: from };
  if (kind === "rollback") return;
  model.folders = without(model.folders, to);
  model.manifests = without(model.manifests, to);
}

const subset = fc.subarray(all);
const models: fc.Arbitrary<Model> = fc
  .record({
    folders: subset,
    manifests: subset,
    sound: subset,
    pointed: fc.constantFrom("none", "dangling", ...all),
    strays: fc.subarray([`.staging-${second}`, ".staging-odd", "lost+found"]),
    journal: fc.oneof(
      fc.constant<StateFile<Journal>>({ kind: "missing" }),
      fc.constant<StateFile<Journal>>({ kind: "damaged" }),
      fc
        .record({
          state: fc.constantFrom(...journalledStates),
          to: fc.constantFrom(...all),
          from: fc.option(fc.constantFrom(...all)),
          kind: fc.constantFrom(...undertakings),
        })
        .filter(({ from, to }) => from !== to)
        .map(
          ({ state, ...over }): StateFile<Journal> => ({
            kind: "ok",
            value: journalOf(state, over),
          }),
        ),
    ),
    quarantined: fc.subarray([1, 2, 3]),
  })
  .map(({ pointed, sound, ...rest }) => {
    const isThere =
      isGenerationName(pointed) &&
      rest.folders.includes(pointed) &&
      rest.manifests.includes(pointed);
    const current: Model["current"] =
      pointed === "none"
        ? { kind: "none" }
        : isThere
          ? { kind: "generation", name: pointed }
          : { kind: "dangling" };
    return { ...rest, current, sound: new Set(sound) };
  });

function recover(model: Model, confirms: boolean): Model {
  const copy = { ...model };
  for (const step of recoverySteps(factsOf(copy))) perform(copy, step, confirms);
  return copy;
}

describe("recovery, from any state of disk and journal", () => {
  test("leaves current on a generation that is there, or nowhere; and a second time does nothing", () => {
    fc.assert(
      fc.property(models, fc.boolean(), (model, confirms) => {
        let after = recover(model, confirms);
        // One more start may find what a revert left pointing nowhere.
        after = recover(after, confirms);
        expect(after.journal.kind).toBe("missing");
        expect(after.current.kind).not.toBe("dangling");
        if (after.current.kind === "generation") {
          expect(after.folders).toContain(after.current.name);
          expect(after.manifests).toContain(after.current.name);
        }
        expect(recoverySteps(factsOf(after))).toEqual([]);
        expect(after.strays.filter((name) => name.startsWith(".staging-"))).toEqual([]);
        expect(after.manifests.filter((name) => !after.folders.includes(name))).toEqual([]);
        expect(after.folders.filter((name) => !after.manifests.includes(name))).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  test("never moves current from a whole generation to one that is not", () => {
    fc.assert(
      fc.property(models, fc.boolean(), (model, confirms) => {
        const { current } = model;
        fc.pre(current.kind === "generation" && model.sound.has(current.name));
        const after = recover(model, confirms);
        if (after.current.kind === "generation") {
          expect(after.sound.has(after.current.name)).toBe(true);
        } else {
          // Only a first install that was not confirmed ends without one.
          expect(model.journal.kind === "ok" && model.journal.value.from === null).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("removes nothing that current, or a generation to go back to, needs", () => {
    fc.assert(
      fc.property(models, (model) => {
        const steps = recoverySteps(factsOf(model));
        const removed = steps.flatMap((step) =>
          step.do === "remove-generation" ? [step.name] : [],
        );
        const pointed = steps.flatMap((step) => (step.do === "point" ? [step.to] : []));
        if (model.current.kind === "generation") pointed.push(model.current.name);
        expect(
          removed.filter((name) => pointed.includes(name) && !steps.some((s) => s.do === "point")),
        ).toEqual([]);
        expect(steps.map((step) => ("name" in step ? step.name : ""))).not.toContain("lost+found");
      }),
      { numRuns: 2000 },
    );
  });
});

describe("recovery, case by case", () => {
  const sound = new Set(all);
  const base: Model = {
    current: { kind: "generation", name: first },
    folders: [first],
    manifests: [first],
    strays: [],
    journal: { kind: "missing" },
    sound,
    quarantined: [],
  };
  const stepsOf = (over: Partial<Model>) => recoverySteps(factsOf({ ...base, ...over }));
  const journal = (state: Journal["state"], over: Partial<Journal> = {}): StateFile<Journal> => ({
    kind: "ok",
    value: journalOf(state, over),
  });

  test("nothing interrupted: nothing to do, and nothing is hashed", () => {
    expect(stepsOf({})).toEqual([]);
    expect(mustHash({ disk: factsOf(base).disk, journal: { kind: "missing" } })).toBe(false);
  });

  test.each(["fetching", "assembling", "trial"] as const)(
    "in %s: what was staged goes",
    (state) => {
      expect(
        stepsOf({
          journal: journal(state),
          strays: [`.staging-${second}`],
          manifests: [first, second],
        }),
      ).toEqual([
        { do: "remove-staging", name: `.staging-${second}` },
        { do: "remove-manifest", name: second },
        { do: "clear-journal" },
      ]);
    },
  );

  test("named but not switched to: it goes, untried generations are never pointed to", () => {
    const both = [first, second];
    expect(stepsOf({ journal: journal("switching"), folders: both, manifests: both })).toEqual([
      { do: "remove-generation", name: second },
      { do: "clear-journal" },
    ]);
  });

  test.each(["switching", "confirming"] as const)(
    "in %s and switched: it is confirmed",
    (state) => {
      const both = [first, second];
      const current = { kind: "generation", name: second } as const;
      const steps = stepsOf({ journal: journal(state), folders: both, manifests: both, current });
      expect(steps.map((step) => step.do)).toEqual(["settle"]);
    },
  );

  test("switched to something that is not whole: back to what was before", () => {
    const both = [first, second];
    const current = { kind: "generation", name: second } as const;
    const steps = stepsOf({
      journal: journal("confirming"),
      folders: both,
      manifests: both,
      current,
      sound: new Set([first]),
    });
    expect(steps).toContainEqual({ do: "point", to: first });
  });

  test("in reverting: it is taken back", () => {
    const steps = stepsOf({ journal: journal("reverting") });
    expect(steps.map((step) => step.do)).toEqual(["take-back"]);
  });

  test("a rollback that did not come to the switch removes no generation", () => {
    const both = [first, second];
    const rolled = journal("switching", { kind: "rollback", to: first, from: second });
    const current = { kind: "generation", name: second } as const;
    expect(stepsOf({ journal: rolled, folders: both, manifests: both, current })).toEqual([
      { do: "clear-journal" },
    ]);
  });

  test("a lost pointer goes to the newest whole generation that is not quarantined", () => {
    const lost = {
      current: { kind: "dangling" } as const,
      folders: all,
      manifests: all,
      quarantined: [3],
    };
    expect(stepsOf(lost)).toEqual([{ do: "point", to: second }]);
    expect(stepsOf({ ...lost, sound: new Set([first, third]) })).toEqual([
      { do: "point", to: first },
    ]);
    expect(stepsOf({ ...lost, sound: new Set() })).toEqual([{ do: "unpoint" }]);
  });

  test("a current that is no link of ours is not touched", () => {
    expect(stepsOf({ current: { kind: "foreign" } })).toEqual([]);
  });
});
