/** What is installed of each database, as the doctor needs it. */
import { join } from "node:path";
import type { FileSystem } from "../../host/file-system.ts";
import type { Pointer } from "../platform/pointer.ts";
import { readDisk } from "../store/disk.ts";
import { databasePlaces } from "../store/layout.ts";
import { readManifest } from "../store/manifest.ts";
import { type DatabaseRecord, emptyRecord, readRecord } from "../store/record.ts";
import type { ReleaseRef } from "../store/release-ref.ts";

/** One database. */
export interface Installed {
  /** What `current` is: nothing, a whole generation, or something that is no generation of ours. */
  readonly current: "none" | "generation" | "dangling" | "foreign";
  /** Where consumers read it, absolute. */
  readonly path: string;
  readonly release?: ReleaseRef;
  readonly files: number;
  readonly bytes: number;
  readonly record: DatabaseRecord;
}

/** Looks. Throws `disk.*`, `format.newer`. */
export async function readInstalled(
  fs: FileSystem,
  pointer: Pointer,
  state: string,
  name: string,
): Promise<Installed> {
  const places = databasePlaces(state, name);
  const { current } = await readDisk(fs, pointer, places);
  const record = await readRecord(fs, places);
  const common = {
    current: current.kind,
    path: join(places.dir, "current"),
    record: record.kind === "ok" ? record.value : emptyRecord,
  };
  const manifest =
    current.kind === "generation" ? await readManifest(fs, places, current.name) : undefined;
  if (manifest?.kind !== "ok") return { ...common, files: 0, bytes: 0 };
  const { files, release } = manifest.value;
  const bytes = files.reduce((sum, { length }) => sum + length, 0);
  return { ...common, release, files: files.length, bytes };
}
