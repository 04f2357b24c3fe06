/**
 * Step "fetch": each file that is not kept comes over the network, is decoded, hashed and written
 * in one pass. A bad encoding falls back to the next best; a bad whole file ends the update.
 */
import type { ErrorCode } from "../../protocol/error-codes.ts";
import { toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import { deltaLocation, targetLocation, zstLocation } from "../../protocol/release/encodings.ts";
import type { ReleaseFile } from "../../protocol/release/manifest.ts";
import { containedPath } from "../store/layout.ts";
import { type VerifiedFile, writeVerifiedFile } from "../store/verified-file.ts";
import { type Partials, partialThreshold } from "../transfer/partials.ts";
import type { TrustedRelease } from "../trust/types.ts";
import { forEachBounded } from "./bounded.ts";
import { decodeZstd } from "./decode.ts";
import { blameDelta, decodeDelta } from "./decode-delta.ts";
import { encodingsOf, type FetchStep, type FileEncoding, fetchSteps } from "./encodings.ts";
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

function locationOf(
  encoding: FileEncoding,
  target: string,
  { sha256 }: ReleaseFile,
  consistent: boolean,
): string {
  switch (encoding.how) {
    case "delta":
      return deltaLocation(target, sha256, encoding.base.file.sha256);
    case "zstd":
      return zstLocation(target, sha256);
    case "whole":
      return targetLocation(target, sha256, consistent);
  }
}

function decode(
  run: DatabaseRun,
  encoding: FileEncoding,
  body: AsyncIterable<Uint8Array>,
  length: number,
): AsyncIterable<Uint8Array> {
  switch (encoding.how) {
    case "delta":
      return decodeDelta(run, encoding.base, body, length);
    case "zstd":
      return decodeZstd(body);
    case "whole":
      return body;
  }
}

const curable: ReadonlySet<ErrorCode> = new Set([
  "trust.mismatch",
  "trust.tampered",
  "repository.missing",
  "transfer.too-large",
]);

/** Whether another encoding may do better: not where a server is out of reach or in trouble. */
function isCurable({ code, details }: VouchsafeError): boolean {
  if (code !== "transfer.status") return curable.has(code);
  return details["status"] === 403; // what buckets answer for what is not there
}

const names = { delta: "delta", zstd: "zstd encoding" } as const;

async function fetchEncoding(
  fetching: Fetching,
  file: ReleaseFile,
  { encoding, from }: FetchStep,
  signal: AbortSignal,
): Promise<VerifiedFile> {
  const { run, repository, release, staging, resumable, onReceived, onProgress } = fetching;
  const target = `${release.database}/${file.path}`;
  const location = locationOf(encoding, target, file, release.consistentSnapshot);
  const path = containedPath(staging, file.path);
  const length = encoding.bytes;
  const digest = encoding.how === "whole" ? { sha256: file.sha256 } : {};
  const request = { length, signal, resumable, onReceived, ...digest, ...(from && { from }) };
  let progress = 0;
  return repository.download(location, request, (body) => {
    onProgress(-progress);
    progress = 0;
    const read = counted(body, (count) => {
      progress += count;
      onProgress(count);
    });
    const decoded = decode(run, encoding, read, file.length);
    const written = writeVerifiedFile(run.context.fs, path, decoded, file, () => undefined);
    if (encoding.how !== "delta") return written;
    return written.catch((error: unknown) => blameDelta(run, encoding.base, error));
  });
}

/** Whether a step that failed leaves something to try: those who are asked next may be others. */
function mayGoOn({ from }: FetchStep, error: VouchsafeError): boolean {
  return isCurable(error) || (from !== undefined && error.code.startsWith("transfer."));
}

/** What is told of a step that came to nothing; a neighbour may lack what it likes. */
function noteOn(
  { encoding: { how }, from }: FetchStep,
  { path }: ReleaseFile,
  error: VouchsafeError,
): string | undefined {
  if (how === "whole" || (from !== undefined && error.code.startsWith("transfer."))) {
    return undefined;
  }
  return `The ${names[how]} of ${path} was of no use: ${error.message}`;
}

/**
 * Brings one file in, by the planned encoding first; one that is of no use is noted and left for
 * the one that costs least after it.
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
  const { repository, onNote } = fetching;
  const others = encodingsOf(file, new Map());
  const encodings = plan.how === "delta" ? [plan, ...others] : others;
  const steps = fetchSteps(encodings, repository.hasRelays?.() === true);
  for (const [index, step] of steps.entries()) {
    try {
      return await fetchEncoding(fetching, file, step, signal);
    } catch (cause) {
      signal.throwIfAborted();
      const error = toVouchsafeError(cause);
      if (index === steps.length - 1 || !mayGoOn(step, error)) throw cause;
      const note = noteOn(step, file, error);
      if (note !== undefined) onNote(note);
    }
  }
  throw new Error("the whole file is the last step");
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
