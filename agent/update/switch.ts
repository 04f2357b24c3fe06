/** Step "switch": the staging folder gets its generation's name, and `current` moves there. */
import { diskError } from "../../host/disk-error.ts";
import { writeCurrentJson } from "../store/current-json.ts";
import { type GenerationName, linkTarget } from "../store/layout.ts";
import { readManifest } from "../store/manifest.ts";
import type { DatabaseRun } from "./run.ts";

/**
 * Gives a sealed staging folder its name, durably. Throws `disk.*`.
 */
export async function nameGeneration(run: DatabaseRun, generation: GenerationName): Promise<void> {
  const { places, context } = run;
  const path = places.generation(generation);
  try {
    await context.fs.rename(places.staging(generation), path);
    await context.fs.syncDir(places.generations);
  } catch (error) {
    throw diskError("name", path, error);
  }
}

/** Moves `current`, durably, and `current.json` after it. Throws `disk.*`. */
export async function moveCurrent(run: DatabaseRun, to: GenerationName | null): Promise<void> {
  const { places, context } = run;
  try {
    if (to === null) await context.pointer.remove(places.dir);
    else await context.pointer.move(places.dir, linkTarget(to));
  } catch (error) {
    throw diskError("move", `${places.dir}/current`, error);
  }
  await deriveCurrentJson(run, to);
}

/** Writes `current.json` for what `current` is. Throws `disk.*`. */
export async function deriveCurrentJson(
  run: DatabaseRun,
  name: GenerationName | null,
): Promise<void> {
  const { places, context } = run;
  if (name === null) return writeCurrentJson(context.fs, places, undefined);
  const manifest = await readManifest(context.fs, places, name);
  const current = manifest.kind === "ok" ? { name, manifest: manifest.value } : undefined;
  await writeCurrentJson(context.fs, places, current);
}
