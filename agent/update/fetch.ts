/**
 * Step "fetch": each file that is not kept comes over the network, is decoded, hashed and written
 * in one pass. A bad encoding falls back to the whole file; a bad whole file ends the update.
 */
import { toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import { targetLocation, zstLocation } from "../../protocol/release/encodings.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import { containedPath } from "../store/layout.ts";
import { type VerifiedFile, writeVerifiedFile } from "../store/verified-file.ts";
import { isMirrorFault } from "../transfer/attempts.ts";
import { type Partials, partialThreshold } from "../transfer/partials.ts";
import type { TrustedRelease } from "../trust/types.ts";
import { forEachBounded } from "./bounded.ts";
import { decodeZstd } from "./decode.ts";
import type { FilePlan, InstallPlan } from "./plan.ts";
import type { DatabaseRun } from "./run.ts";
import type { UpdateContext } from "./types.ts";

/** Downloads at once. */
const parallelFetches = 4;

/** What fetching needs of the update it belongs to. */
export interface Fetching {
  readonly run: DatabaseRun;
  readonly repository: UpdateContext["repository"];
  readonly release: TrustedRelease;
  /** The staging folder. */
  readonly staging: string;
  /** Whether there is room to keep what came for a later attempt. */
  readonly resumable: boolean;
  /** Told of every byte that came over the network. */
  readonly onReceived: (count: number) => void;
  /** Told how many more bytes of the plan are there; fewer when a file is begun anew. */
  readonly onProgress: (count: number) => void;
  readonly onNote: (note: string) => void;
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of body) {
    onBytes(piece.length);
    yield piece;
  }
}

async function fetchEncoding(
  fetching: Fetching,
  file: ReleaseFile,
  encoding: { readonly zstd: boolean; readonly length: number },
  signal: AbortSignal,
): Promise<VerifiedFile> {
  const { run, repository, release, staging, resumable, onReceived, onProgress } = fetching;
  const target = `${release.database}/${file.path}`;
  const location = encoding.zstd
    ? zstLocation(target, file.sha256)
    : targetLocation(target, file.sha256, release.consistentSnapshot);
  const path = containedPath(staging, file.path);
  const { length } = encoding;
  const digest = encoding.zstd ? {} : { sha256: file.sha256 };
  const request = { length, signal, resumable, onReceived, ...digest };
  let progress = 0;
  return repository.download(location, request, (body) => {
    onProgress(-progress);
    progress = 0;
    const read = counted(body, (count) => {
      progress += count;
      onProgress(count);
    });
    const decoded = encoding.zstd ? decodeZstd(read) : read;
    return writeVerifiedFile(run.context.fs, path, decoded, file, () => undefined);
  });
}

/**
 * Brings one file in, the zstd encoding first if the plan says so.
 *
 * @throws VouchsafeError `trust.mismatch` when the whole file is wrong as well; `transfer.*`,
 *   `repository.missing`, `disk.*`
 */
export async function fetchFile(
  fetching: Fetching,
  plan: Exclude<FilePlan, { readonly how: "keep" }>,
  signal: AbortSignal,
): Promise<VerifiedFile> {
  const { file } = plan;
  if (plan.how === "zstd") {
    try {
      return await fetchEncoding(fetching, file, { zstd: true, length: plan.bytes }, signal);
    } catch (cause) {
      signal.throwIfAborted();
      const error = toVouchsafeError(cause);
      const useless = error.code === "trust.mismatch" || error.code === "repository.missing";
      if (!isMirrorFault(error) || !useless) throw cause;
      fetching.onNote(`The zstd encoding of ${file.path} was of no use: ${error.message}`);
    }
  }
  return fetchEncoding(fetching, file, { zstd: false, length: file.length }, signal);
}

/**
 * Brings in all files of a plan that are not kept.
 *
 * @returns the written files by path
 * @throws VouchsafeError as {@link fetchFile}
 */
export async function fetchFiles(
  fetching: Fetching,
  plans: readonly FilePlan[],
): Promise<ReadonlyMap<string, VerifiedFile>> {
  const written = new Map<string, VerifiedFile>();
  const wanted = plans.filter((plan) => plan.how !== "keep");
  await forEachBounded(
    wanted,
    parallelFetches,
    async (plan, signal) => {
      written.set(plan.file.path, await fetchFile(fetching, plan, signal));
    },
    fetching.run.context.signal,
  );
  return written;
}

/** What keeping the parts of a plan's downloads takes, in bytes: pure. */
function partialBytes(plans: readonly FilePlan[]): number {
  const bytes = plans.map((plan) => (plan.how === "keep" ? 0 : plan.bytes));
  return bytes.filter((count) => count >= partialThreshold).reduce((sum, count) => sum + count, 0);
}

/**
 * Refuses a plan that the volume has no room for, before anything is written. Parts of earlier
 * downloads make room if that is what is missing.
 *
 * @param place a folder on the volume
 * @returns whether there is room to keep parts of downloads as well
 * @throws VouchsafeError `disk.full` with the exact amounts
 */
export async function checkSpace(
  run: DatabaseRun,
  place: string,
  { diskBytes, files }: Pick<InstallPlan, "diskBytes" | "files">,
  partials: Partials | undefined,
): Promise<boolean> {
  const { fs } = run.context;
  const { freeBytes } = await fs.statfs(place);
  if (freeBytes >= diskBytes) return freeBytes >= diskBytes + partialBytes(files);
  await partials?.clearAll();
  const { freeBytes: free } = await fs.statfs(place);
  if (free >= diskBytes) return false;
  const missing = diskBytes - free;
  throw new VouchsafeError(
    "disk.full",
    `${run.database.name} needs ${diskBytes} bytes in ${place}, where ${free} are free: free ${missing} more.`,
    { details: { needed: diskBytes, free, missing } },
  );
}
