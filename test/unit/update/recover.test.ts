import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StateFile } from "../../../agent/store/state-file.ts";
import type { Journal } from "../../../agent/update/journal.ts";
import { mustHash, recoverySteps } from "../../../agent/update/recover.ts";
import {
  all,
  factsOf,
  first,
  journalOf,
  type Model,
  models,
  recover,
  second,
  third,
} from "../../testkit/recovery-model.ts";

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
