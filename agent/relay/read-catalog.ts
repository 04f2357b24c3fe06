/** The catalog from the disk, read anew when something that it depends on has changed. */
import { join } from "node:path";
import type { Clock } from "../../host/clock.ts";
import { lstatIfExists } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { databasePlaces, generationOfManifest, statePlaces } from "../store/layout.ts";
import { readManifest } from "../store/manifest.ts";
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

async function readDatabase(fs: FileSystem, state: string, name: string): Promise<StoredDatabase> {
  const places = databasePlaces(state, name);
  const record = await readRecord(fs, places);
  const journal = await lstatIfExists(fs, places.journal);
  const known = (await lstatIfExists(fs, places.manifests)) !== undefined;
  const names = known ? await fs.readdir(places.manifests) : [];
  const generations: StoredGeneration[] = [];
  for (const generation of names.map(generationOfManifest)) {
    if (generation === undefined) continue;
    const dir = places.generation(generation);
    const manifest = await readManifest(fs, places, generation);
    const folder = await lstatIfExists(fs, dir);
    if (manifest.kind !== "ok" || folder?.kind !== "directory") continue;
    generations.push({ name: generation, dir, manifest: manifest.value });
  }
  return {
    name,
    record: record.kind === "ok" ? record.value : emptyRecord,
    settled: journal === undefined && record.kind === "ok",
    generations,
  };
}

async function read({ fs, state, root, databases }: CatalogPorts): Promise<Catalog> {
  const bootstrapRoot = await readBootstrapRoot(fs, root);
  const trust = await readHeldTrust(fs, statePlaces(state).trust, bootstrapRoot);
  const stored: StoredDatabase[] = [];
  for (const name of databases) stored.push(await readDatabase(fs, state, name));
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
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<Catalog> | undefined;

  async function look(): Promise<Catalog> {
    const at = ports.clock.monotonicMs();
    const stamps = await stampsOf(ports);
    if (held?.stamps !== stamps) held = { stamps, catalog: await read(ports) };
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
