/**
 * Step "fetch": each file that is not kept comes over the network, is decoded, hashed and written
 * in one pass. A bad encoding falls back to the whole file; a bad whole file ends the update.
 */
import { toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import { targetLocation, zstLocation } from "../../protocol/release/encodings.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import { containedPath } from "../store/layout.ts";
import { type VerifiedFile, writeVerifiedFile } from "../store/verified-file.ts";
import { isMirrorFault } from "../transfer/retry.ts";
import type { TrustedRelease } from "../trust/types.ts";
import { forEachBounded } from "./bounded.ts";
import { decodeZstd } from "./decode.ts";
import type { FilePlan } from "./plan.ts";
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
  /** Told of every byte received. */
  readonly onReceived: (count: number) => void;
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
  const { run, repository, release, staging, onReceived } = fetching;
  const target = `${release.database}/${file.path}`;
  const location = encoding.zstd
    ? zstLocation(target, file.sha256)
    : targetLocation(target, file.sha256, release.consistentSnapshot);
  const path = containedPath(staging, file.path);
  return repository.download(location, { length: encoding.length, signal }, (body) => {
    const received = counted(body, onReceived);
    const decoded = encoding.zstd ? decodeZstd(received) : received;
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

/**
 * Refuses a plan that the volume has no room for, before anything is written.
 *
 * @param place a folder on the volume
 * @throws VouchsafeError `disk.full` with the exact amounts
 */
export async function checkSpace(run: DatabaseRun, place: string, needed: number): Promise<void> {
  const { freeBytes } = await run.context.fs.statfs(place);
  if (freeBytes >= needed) return;
  const missing = needed - freeBytes;
  throw new VouchsafeError(
    "disk.full",
    `${run.database.name} needs ${needed} bytes in ${place}, where ${freeBytes} are free: free ${missing} more.`,
    { details: { needed, free: freeBytes, missing } },
  );
}
