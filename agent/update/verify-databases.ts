/** `verify`: every installed file is read and compared with its signed hash. Changes nothing. */
import { type ErrorDocument, errorDocument, VouchsafeError } from "../../protocol/errors.ts";
import { type Deviation, deviationsOf } from "../store/check-generation.ts";
import type { GenerationName } from "../store/layout.ts";
import { readManifest } from "../store/manifest.ts";
import { writeRecord } from "../store/record.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import { recordOf } from "./commit.ts";
import { readInstalled } from "./installed.ts";
import { chooseDatabases, underLock } from "./locked.ts";
import { type DatabaseRun, startRun } from "./run.ts";
import type { EngineContext } from "./types.ts";

/** One generation, read. */
export interface VerifiedGeneration {
  readonly generation: GenerationName;
  readonly release: ReleaseRef | null;
  readonly files: number;
  readonly bytes: number;
  readonly deviations: readonly Deviation[];
}

export interface DatabaseVerification {
  readonly name: string;
  readonly result: "intact" | "tampered" | "absent" | "failed";
  readonly generations: readonly VerifiedGeneration[];
  readonly error?: ErrorDocument;
}

export interface Verification {
  readonly result: "intact" | "tampered" | "failed";
  readonly databases: readonly DatabaseVerification[];
  /** The first one that counts; its class gives the exit code. */
  readonly error?: ErrorDocument;
}

async function verifyGeneration(
  run: DatabaseRun,
  generation: GenerationName,
): Promise<VerifiedGeneration> {
  const { fs } = run.context;
  const manifest = await readManifest(fs, run.places, generation);
  if (manifest.kind !== "ok") {
    const deviations = [{ path: "", problem: "changed" } as const];
    return { generation, release: null, files: 0, bytes: 0, deviations };
  }
  const { files, release } = manifest.value;
  const bytes = files.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  const deviations = await deviationsOf(
    fs,
    run.places.generation(generation),
    manifest.value,
    (file) => {
      done += file.length;
      run.tell(done, bytes, file.path);
    },
  );
  return { generation, release, files: files.length, bytes, deviations };
}

function tampered(name: string, generations: readonly VerifiedGeneration[]): ErrorDocument {
  const bad = generations.flatMap(({ deviations }) => deviations);
  const [first] = bad;
  const what = first === undefined || first.path === "" ? "the generation" : first.path;
  const more = bad.length > 1 ? `, and ${bad.length - 1} more` : "";
  const message = `${name}: ${what} is ${first?.problem ?? "changed"}${more}.`;
  return errorDocument(new VouchsafeError("trust.tampered", message));
}

async function verifyOne(run: DatabaseRun, deep: boolean): Promise<DatabaseVerification> {
  const { name } = run.database;
  try {
    const { installed, disk } = await readInstalled(run);
    const pointed = disk.current.kind === "generation" ? disk.current.name : undefined;
    if (pointed === undefined && disk.current.kind === "none" && !deep) {
      return { name, result: "absent", generations: [] };
    }
    // A folder without a manifest is no generation: the next start removes it.
    const whole = disk.folders.filter((generation) => disk.manifests.includes(generation));
    const chosen = deep ? whole : pointed === undefined ? [] : [pointed];
    const generations: VerifiedGeneration[] = [];
    for (const generation of chosen) generations.push(await verifyGeneration(run, generation));
    const bad = generations.filter(({ deviations }) => deviations.length > 0);
    const dangling = disk.current.kind === "dangling";
    if (bad.length === 0 && !dangling) return { name, result: "intact", generations };
    if (bad.some(({ generation }) => generation === installed?.name))
      await mark(run, installed?.name);
    return { name, result: "tampered", generations, error: tampered(name, bad) };
  } catch (error) {
    return { name, result: "failed", generations: [], error: errorDocument(error) };
  }
}

/** Leaves word for the next update to repair; who holds the lock is not waited for long. */
async function mark(run: DatabaseRun, generation: GenerationName | undefined): Promise<void> {
  if (generation === undefined) return;
  try {
    await underLock(run.context, async () => {
      await writeRecord(run.context.fs, run.places, {
        ...(await recordOf(run)),
        tampered: generation,
      });
    });
  } catch (error) {
    run.context.log.warn("The damage could not be written down", { error });
  }
}

/**
 * Verifies databases: the current generation, or with `deep` every one on the disk.
 *
 * @throws VouchsafeError `state.missing` on a name that is not configured
 */
export async function verifyDatabases(
  context: EngineContext,
  names: readonly string[],
  options: { readonly deep: boolean },
): Promise<Verification> {
  const databases: DatabaseVerification[] = [];
  for (const database of chooseDatabases(context, names)) {
    databases.push(await verifyOne(startRun(context, database), options.deep));
  }
  const worst =
    databases.find(({ result }) => result === "tampered") ??
    databases.find(({ result }) => result === "failed");
  if (worst === undefined) return { result: "intact", databases };
  return {
    result: worst.result === "tampered" ? "tampered" : "failed",
    databases,
    ...(worst.error === undefined ? {} : { error: worst.error }),
  };
}
