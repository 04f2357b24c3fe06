/**
 * Where everything of a database lies under the state folder (design.md, Places), and the one
 * function that joins a name of a release to a folder of ours.
 */
import { join, resolve, sep } from "node:path";
import type { Sha256 } from "../../protocol/bytes.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { checkDatabaseName } from "../../protocol/release/names.ts";

declare const brand: unique symbol;

/** The name of a generation: `<version>-<12 hex of the digest>`, and `-<n>` once repaired. */
export type GenerationName = string & { readonly [brand]: "GenerationName" };

const generationForm = /^[1-9][0-9]{0,15}-[0-9a-f]{12}(?:-[1-9][0-9]{0,5})?$/;
const stagingPrefix = ".staging-";
const linkPrefix = "generations/";
const manifestSuffix = ".json";

export function isGenerationName(text: string): text is GenerationName {
  return generationForm.test(text);
}

/** What names a release: its version and the digest of its metadata. */
interface Named {
  readonly version: number;
  readonly digest: Sha256;
}

/**
 * The name under which a release is installed: its own, or with the next number if the disk holds
 * that already (a repair never writes into what is there).
 */
export function generationFor(release: Named, taken: ReadonlySet<string>): GenerationName {
  const base = `${release.version}-${release.digest.slice(0, 12)}`;
  for (let attempt = 1; ; attempt += 1) {
    const name = attempt === 1 ? base : `${base}-${attempt}`;
    if (!isGenerationName(name)) throw new TypeError(`${name} is no generation name`);
    if (!taken.has(name)) return name;
  }
}

/** The version that a generation's name begins with. */
export function versionOf(generation: GenerationName): number {
  return Number.parseInt(generation, 10);
}

/**
 * Joins a relative path of a release to a folder and makes sure that it stays inside. The only
 * way from a name that came over the network to a path on this machine.
 *
 * @throws VouchsafeError `trust.release`
 */
export function containedPath(folder: string, relative: string): string {
  const base = resolve(folder);
  const path = resolve(base, ...relative.split("/"));
  if (relative !== "" && path.startsWith(base + sep) && !relative.includes("\0")) return path;
  throw new VouchsafeError("trust.release", "A path of a release leads out of its folder.");
}

/** The places of the whole agent under its state folder. */
export function statePlaces(state: string) {
  const databases = join(state, "databases");
  return {
    databases,
    /** The trust store, and the second copy of its marks beside the databases. */
    trust: { dir: join(state, "trust"), marksFile: join(databases, "marks.json") },
    engine: join(state, "engine"),
    lock: join(state, "lock.sqlite"),
    history: join(state, "history.ndjson"),
    historyHead: join(state, "history.head.json"),
    lastRun: join(state, "engine", "last-run.json"),
  } as const;
}

/** The places of one database. */
export interface DatabasePlaces {
  /** `<state>/databases/NAME`: what consumers read. */
  readonly dir: string;
  readonly generations: string;
  readonly currentJson: string;
  /** `<state>/engine/NAME`: what only the agent reads. */
  readonly engine: string;
  readonly journal: string;
  readonly record: string;
  readonly manifests: string;
  generation(name: GenerationName): string;
  staging(name: GenerationName): string;
  manifest(name: GenerationName): string;
}

/** @throws VouchsafeError `names.invalid` on a name that may not be a folder */
export function databasePlaces(state: string, database: string): DatabasePlaces {
  checkDatabaseName(database);
  const { databases, engine: engines } = statePlaces(state);
  const dir = join(databases, database);
  const generations = join(dir, "generations");
  const engine = join(engines, database);
  const manifests = join(engine, "generations");
  return {
    dir,
    generations,
    currentJson: join(dir, "current.json"),
    engine,
    journal: join(engine, "journal.json"),
    record: join(engine, "record.json"),
    manifests,
    generation: (name) => join(generations, name),
    staging: (name) => join(generations, `${stagingPrefix}${name}`),
    manifest: (name) => join(manifests, `${name}${manifestSuffix}`),
  };
}

/** What the pointer's link says for a generation. */
export function linkTarget(generation: GenerationName): string {
  return `${linkPrefix}${generation}`;
}

/** The generation that a link names, or undefined if it is none of ours. */
export function generationOfLink(target: string): GenerationName | undefined {
  const name = target.startsWith(linkPrefix) ? target.slice(linkPrefix.length) : "";
  return isGenerationName(name) ? name : undefined;
}

/** The generation of a manifest's file name, or undefined. */
export function generationOfManifest(fileName: string): GenerationName | undefined {
  const name = fileName.endsWith(manifestSuffix) ? fileName.slice(0, -manifestSuffix.length) : "";
  return isGenerationName(name) ? name : undefined;
}

/** Whether an entry of `generations/` is a staging folder. */
export function isStagingName(name: string): boolean {
  return name.startsWith(stagingPrefix);
}
