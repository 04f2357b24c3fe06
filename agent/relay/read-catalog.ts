/** The catalog from the disk, read anew when something that it depends on has changed. */
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { lstatIfExists } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import {
  type DatabasePlaces,
  databasePlaces,
  type GenerationName,
  generationOfManifest,
  statePlaces,
} from "../store/layout.ts";
import { type Manifest, readManifest } from "../store/manifest.ts";
import { emptyRecord, readRecord } from "../store/record.ts";
import { readBootstrapRoot } from "../trust/bootstrap-root.ts";
import { readHeldTrust } from "../trust/held.ts";
import { type Catalog, catalogOf, type StoredDatabase, type StoredGeneration } from "./catalog.ts";

/** What the catalog is read with. */
export interface CatalogPorts {
  readonly fs: FileSystem;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** The state folder. */
  readonly state: string;
  /** Path of the bootstrap root. */
  readonly root: string;
  /** The configured databases. */
  readonly databases: readonly string[];
}

/** Longest that a change may go unseen, milliseconds. */
const lookMs = 1_000;

async function stampOf(fs: FileSystem, path: string): Promise<string> {
  const stat = await lstatIfExists(fs, path);
  return stat === undefined ? "-" : `${stat.ino}.${stat.mtimeMs}.${stat.size}`;
}

/** What tells that the disk has changed: everything here is replaced, never written into. */
async function stampsOf({ fs, state, root, databases }: CatalogPorts): Promise<string> {
  const places = databases.map((name) => databasePlaces(state, name));
  const watched = [
    root,
    join(statePlaces(state).trust.dir, "trust.json"),
    ...places.flatMap(({ record, journal, generations, manifests }) => [
      record,
      journal,
      generations,
      manifests,
    ]),
  ];
  return (await Promise.all(watched.map((path) => stampOf(fs, path)))).join(" ");
}

/** Manifests by what tells that they have not changed: they are large, and written once. */
type Known = Map<string, Manifest>;

async function readDatabase(
  { fs, state }: CatalogPorts,
  name: string,
  before: Known,
  after: Known,
): Promise<StoredDatabase> {
  const places = databasePlaces(state, name);
  const record = await readRecord(fs, places);
  const journal = await lstatIfExists(fs, places.journal);
  const known = (await lstatIfExists(fs, places.manifests)) !== undefined;
  const names = known ? await fs.readdir(places.manifests) : [];
  const generations: StoredGeneration[] = [];
  for (const generation of names.map(generationOfManifest)) {
    if (generation === undefined) continue;
    const dir = places.generation(generation);
    const file = places.manifest(generation);
    const stamp = `${file} ${await stampOf(fs, file)}`;
    const manifest = before.get(stamp) ?? (await manifestOf(fs, places, generation));
    const folder = await lstatIfExists(fs, dir);
    if (manifest === undefined || folder?.kind !== "directory") continue;
    after.set(stamp, manifest);
    generations.push({ name: generation, dir, manifest });
  }
  return {
    name,
    record: record.kind === "ok" ? record.value : emptyRecord,
    settled: journal === undefined && record.kind === "ok",
    generations,
  };
}

async function manifestOf(
  fs: FileSystem,
  places: DatabasePlaces,
  generation: GenerationName,
): Promise<Manifest | undefined> {
  const manifest = await readManifest(fs, places, generation);
  return manifest.kind === "ok" ? manifest.value : undefined;
}

async function read(ports: CatalogPorts, before: Known, after: Known): Promise<Catalog> {
  const { fs, state, root, databases } = ports;
  const bootstrapRoot = await readBootstrapRoot(fs, root);
  const trust = await readHeldTrust(fs, statePlaces(state).trust, bootstrapRoot);
  const stored: StoredDatabase[] = [];
  for (const name of databases) {
    stored.push(await readDatabase(ports, name, before, after));
  }
  return catalogOf(trust, stored);
}

/**
 * The catalog of this machine.
 *
 * @returns what gives the catalog as it is now, at most a second old; it throws `trust.root`,
 *   `format.newer`, `disk.*`
 */
export function openCatalog(ports: CatalogPorts): () => Promise<Catalog> {
  let held: { readonly stamps: string; readonly catalog: Catalog } | undefined;
  let manifests: Known = new Map();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<Catalog> | undefined;

  async function look(): Promise<Catalog> {
    const at = ports.clock.monotonicMs();
    const stamps = await stampsOf(ports);
    if (held?.stamps !== stamps) {
      const seen: Known = new Map();
      held = { stamps, catalog: await read(ports, manifests, seen) };
      manifests = seen;
    }
    lookedAt = at;
    return held.catalog;
  }

  return async () => {
    if (held !== undefined && ports.clock.monotonicMs() - lookedAt < lookMs) return held.catalog;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
}
