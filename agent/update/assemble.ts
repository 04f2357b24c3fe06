/**
 * Step "assemble": kept files are hashed again and linked in, the manifest is written, and the
 * staging folder is sealed: from here on nothing in it changes.
 */
import { containedPath, type GenerationName } from "../store/layout.ts";
import { writeManifest } from "../store/manifest.ts";
import { foldersOf, makeTree, sealTree } from "../store/tree.ts";
import { linkVerified, type VerifiedFile, verifyFile } from "../store/verified-file.ts";
import { encodingsOf } from "./encodings.ts";
import { type Fetching, fetchFile } from "./fetch.ts";
import type { FilePlan, InstallPlan } from "./plan.ts";
import type { DatabaseRun } from "./run.ts";

/** Makes the empty staging folder of a plan. Throws `disk.*`. */
export async function makeStaging(run: DatabaseRun, plan: InstallPlan): Promise<string> {
  const staging = run.places.staging(plan.generation);
  await makeTree(run.context.fs, staging, foldersOf(plan.files.map(({ file }) => file.path)));
  return staging;
}

async function keepFile(
  fetching: Fetching,
  from: GenerationName | null,
  plan: Extract<FilePlan, { readonly how: "keep" }>,
): Promise<VerifiedFile> {
  const { run, staging, onNote } = fetching;
  const { fs, signal } = run.context;
  if (from !== null) {
    const old = containedPath(run.places.generation(from), plan.from.path);
    const again = await verifyFile(fs, old, plan.from);
    if (again !== undefined) {
      return linkVerified(fs, again, containedPath(staging, plan.file.path));
    }
  }
  onNote(`${plan.file.path} was changed on this machine and is fetched again.`);
  const { file } = plan;
  const never = signal ?? new AbortController().signal;
  return fetchFile(fetching, { file, ...encodingsOf(file, new Map())[0] }, never);
}

/**
 * Completes the staging folder and seals it.
 *
 * @param from the generation that kept files come from
 * @param fetched the files that are in it already
 * @throws VouchsafeError `disk.*`, and as `fetchFile` for kept files that were changed
 */
export async function assemble(
  fetching: Fetching,
  plan: InstallPlan,
  from: GenerationName | null,
  fetched: ReadonlyMap<string, VerifiedFile>,
): Promise<void> {
  const { run, release, staging } = fetching;
  const { fs, clock, signal } = run.context;
  const total = plan.files.reduce((sum, { file }) => sum + file.length, 0);
  const mtimes = new Map(Array.from(fetched, ([path, file]) => [path, file.mtimeMs] as const));
  let done = 0;
  for (const item of plan.files) {
    signal?.throwIfAborted();
    if (item.how === "keep") {
      mtimes.set(item.file.path, (await keepFile(fetching, from, item)).mtimeMs);
    }
    done += item.file.length;
    run.tell(done, total, item.file.path);
  }
  const { version, label, digest, created } = release;
  await writeManifest(fs, run.places, plan.generation, {
    database: run.database.name,
    release: { version, label, digest },
    created,
    installedAt: clock.now().toISOString(),
    files: plan.files.map(({ file: { path, length, sha256 } }) => {
      const mtimeMs = mtimes.get(path);
      if (mtimeMs === undefined) throw new Error(`nothing brought ${path} in`);
      return { path, length, sha256, mtimeMs };
    }),
  });
  await sealTree(fs, staging, foldersOf(mtimes.keys()));
}
