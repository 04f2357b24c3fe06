/**
 * Recovery: a pure function from what the disk holds and what the journal says to the next steps.
 * It runs at every start. Afterwards `current` is a whole generation (or absent, if the disk holds
 * none), and nothing lies about that nobody needs.
 */
import type { DiskFacts } from "../store/disk.ts";
import { type GenerationName, isStagingName, versionOf } from "../store/layout.ts";
import type { DatabaseRecord } from "../store/record.ts";
import type { StateFile } from "../store/state-file.ts";
import type { Fault, Journal } from "./journal.ts";

/** All that recovery depends on. */
export interface RecoveryFacts {
  readonly disk: DiskFacts;
  readonly journal: StateFile<Journal>;
  readonly record: DatabaseRecord;
  /** Generations that were hashed just now and have every file; see {@link mustHash}. */
  readonly whole: ReadonlySet<GenerationName>;
}

/** One thing to do. They are done in order; each may be done twice. */
export type RecoveryStep =
  /** Go on with the confirmation of what was switched to. */
  | { readonly do: "settle"; readonly journal: Journal }
  /** Go on with moving back. */
  | { readonly do: "take-back"; readonly journal: Journal; readonly fault: Fault }
  | { readonly do: "point"; readonly to: GenerationName }
  | { readonly do: "unpoint" }
  | { readonly do: "remove-staging"; readonly name: string }
  | { readonly do: "remove-generation"; readonly name: GenerationName }
  | { readonly do: "remove-manifest"; readonly name: GenerationName }
  | { readonly do: "clear-journal" };

/**
 * Whether the generations must be hashed before recovery can be planned. Not at a start where
 * nothing was interrupted and `current` stands: that would read the database at every check.
 */
export function mustHash({ disk, journal }: Pick<RecoveryFacts, "disk" | "journal">): boolean {
  const stands = disk.current.kind === "generation";
  return journal.kind !== "missing" || (!stands && disk.folders.length > 0);
}

function journalOf({ journal }: RecoveryFacts): Journal | undefined {
  return journal.kind === "ok" ? journal.value : undefined;
}

/** Whether a generation belongs to a quarantined release. */
function isQuarantined({ record }: RecoveryFacts, name: GenerationName): boolean {
  return record.quarantine.some(({ release: { version, digest } }) => {
    const base = `${version}-${digest.slice(0, 12)}`;
    return name === base || name.startsWith(`${base}-`);
  });
}

/** The best whole generation for `current` when what it points to cannot stay. */
function fallback(facts: RecoveryFacts): GenerationName | undefined {
  const { disk, record, whole } = facts;
  const journal = journalOf(facts);
  const untried = journal !== undefined && journal.kind !== "rollback" ? journal.to : undefined;
  const newestFirst = disk.folders.toSorted((a, b) => versionOf(b) - versionOf(a));
  return [journal?.from ?? null, record.current, record.previous, ...newestFirst]
    .filter((name) => name !== null)
    .find((name) => whole.has(name) && name !== untried && !isQuarantined(facts, name));
}

/** Where `current` is to point; undefined where it is to stay as it is. */
function pointerSteps(facts: RecoveryFacts): readonly RecoveryStep[] {
  const { current } = facts.disk;
  if (current.kind === "foreign") return []; // not ours to touch; the next update says so
  if (current.kind === "generation") {
    if (!mustHash(facts) || facts.whole.has(current.name)) return [];
  }
  const to = fallback(facts);
  if (to !== undefined) return [{ do: "point", to }];
  // A damaged generation is better than none until the update has repaired it.
  return current.kind === "dangling" ? [{ do: "unpoint" }] : [];
}

/** What the journal asks to be finished; undefined if what it began is to be dropped. */
function unfinished(facts: RecoveryFacts): RecoveryStep | undefined {
  const { disk, whole } = facts;
  const journal = journalOf(facts);
  if (journal === undefined || disk.current.kind === "foreign") return undefined;
  const switched = disk.current.kind === "generation" && disk.current.name === journal.to;
  const stands = switched && whole.has(journal.to);
  if (journal.state === "reverting") {
    const back = journal.from === null || whole.has(journal.from);
    return back || stands ? { do: "take-back", journal, fault: journal.fault } : undefined;
  }
  const late = journal.state === "switching" || journal.state === "confirming";
  return late && stands ? { do: "settle", journal } : undefined;
}

function isDropped(facts: RecoveryFacts, name: GenerationName): boolean {
  const { disk } = facts;
  if (disk.current.kind === "generation" && disk.current.name === name) return false;
  const journal = journalOf(facts);
  const begun = journal !== undefined && journal.kind !== "rollback" && journal.to === name;
  return begun || !disk.manifests.includes(name);
}

/** The steps. Empty when all is as it should be. */
export function recoverySteps(facts: RecoveryFacts): readonly RecoveryStep[] {
  const { disk, journal } = facts;
  const stagings = disk.strays
    .filter(isStagingName)
    .map((name) => ({ do: "remove-staging", name }) as const);
  const manifests = disk.manifests
    .filter((name) => !disk.folders.includes(name))
    .map((name) => ({ do: "remove-manifest", name }) as const);
  const open = unfinished(facts);
  // What is finished removes the journal, and its own generation, itself.
  if (open !== undefined) return [...stagings, ...manifests, open];
  const dropped = disk.folders
    .filter((name) => isDropped(facts, name))
    .map((name) => ({ do: "remove-generation", name }) as const);
  return [
    ...pointerSteps(facts),
    ...stagings,
    ...manifests,
    ...dropped,
    ...(journal.kind === "missing" ? [] : [{ do: "clear-journal" } as const]),
  ];
}
