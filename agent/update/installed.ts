/** The facts that a plan is made from: what is current, and how it looks. */
import { VouchsafeError } from "../../protocol/errors.ts";
import { glance } from "../store/check-generation.ts";
import { type DiskFacts, readDisk } from "../store/disk.ts";
import { readManifest } from "../store/manifest.ts";
import type { Installed } from "./plan.ts";
import type { DatabaseRun } from "./run.ts";

/** What is current, with the names in use beside it. */
export interface InstalledFacts {
  readonly installed: Installed | undefined;
  readonly disk: DiskFacts;
}

/**
 * Looks at the current generation without reading its files.
 *
 * @throws VouchsafeError `disk.corrupt` when `current` is no link of ours; `disk.*`
 */
export async function readInstalled(run: DatabaseRun): Promise<InstalledFacts> {
  const { fs, pointer } = run.context;
  const disk = await readDisk(fs, pointer, run.places);
  if (disk.current.kind === "foreign") {
    const message = `${run.places.dir}/current is no link: move it away, it was not made here.`;
    throw new VouchsafeError("disk.corrupt", message);
  }
  if (disk.current.kind !== "generation") return { installed: undefined, disk };
  const { name } = disk.current;
  const manifest = await readManifest(fs, run.places, name);
  if (manifest.kind !== "ok") return { installed: undefined, disk };
  const { files } = manifest.value;
  const suspects = await glance(fs, run.places.generation(name), files);
  return { installed: { name, manifest: manifest.value, suspects }, disk };
}
