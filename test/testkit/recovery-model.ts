/**
 * A disk as recovery sees it, with what each recovery step does to it: any mixture of journal,
 * pointer, generations and damage, for laws that hold for all of them.
 */
import fc from "fast-check";
import type { DiskFacts } from "../../agent/store/disk.ts";
import { type GenerationName, isGenerationName } from "../../agent/store/layout.ts";
import { emptyRecord } from "../../agent/store/record.ts";
import type { StateFile } from "../../agent/store/state-file.ts";
import { type Journal, undertakings } from "../../agent/update/journal.ts";
import {
  mustHash,
  type RecoveryFacts,
  type RecoveryStep,
  recoverySteps,
} from "../../agent/update/recover.ts";
import { journalledStates } from "../../agent/update/transitions.ts";
import { sha256 } from "../../protocol/bytes.ts";

const release = (version: number) => ({
  version,
  label: "",
  digest: sha256(`release ${version}`),
});

export function generation(version: number): GenerationName {
  const name = `${version}-${release(version).digest.slice(0, 12)}`;
  if (!isGenerationName(name)) throw new Error(name);
  return name;
}

export const all = [1, 2, 3].map(generation);
export const [first, second, third] = [generation(1), generation(2), generation(3)];

export function journalOf(state: Journal["state"], over: Partial<Journal> = {}): Journal {
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
export interface Model {
  current: DiskFacts["current"];
  folders: readonly GenerationName[];
  manifests: readonly GenerationName[];
  strays: readonly string[];
  journal: StateFile<Journal>;
  /** Generations whose files are all as signed. */
  readonly sound: ReadonlySet<GenerationName>;
  readonly quarantined: readonly number[];
}

export function factsOf(model: Model): RecoveryFacts {
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
export const models: fc.Arbitrary<Model> = fc
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

export function recover(model: Model, confirms: boolean): Model {
  const copy = { ...model };
  for (const step of recoverySteps(factsOf(copy))) perform(copy, step, confirms);
  return copy;
}
