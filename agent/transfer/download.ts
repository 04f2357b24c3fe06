/**
 * One target: first from all mirrors, each going on where another stopped. If the bytes turn out
 * wrong, whole from one mirror at a time, which also shows whose were.
 */
import type { HttpClient } from "../../host/http/types.ts";
import type { Sha256 } from "../../protocol/bytes.ts";
import { toVouchsafeError, type VouchsafeError } from "../../protocol/errors.ts";
import { isMirrorFault, makeAttempts, type RetryPorts, worst } from "./attempts.ts";
import { openFileSource } from "./file-source.ts";
import { compareWith, makeLedger, type Piece } from "./ledger.ts";
import type { PartialFile } from "./partial-file.ts";
import type { Partials } from "./partials.ts";
import type { Throttle } from "./rate.ts";

/** How a target is downloaded. */
export interface TargetRequest {
  /** The signed length: one byte more is `trust.mismatch`. */
  readonly length: number;
  /** The digest of these very bytes, where that is signed: an encoding has none of its own. */
  readonly sha256?: Sha256;
  /** Whether what came may be kept for a later attempt; there is room for it. */
  readonly resumable?: boolean;
  /** Only relays, or only mirrors that are none; all if absent. */
  readonly from?: "relays" | "origins";
  readonly signal?: AbortSignal;
  /** Told of every byte that comes over the network. */
  readonly onReceived?: (count: number) => void;
}

/** Reads a body to its end. Throws `trust.mismatch` when it is not what was signed. */
export type Consume<T> = (body: AsyncIterable<Uint8Array>) => Promise<T>;

/** What downloads need. */
export interface DownloadPorts extends RetryPorts {
  readonly http: HttpClient;
  readonly partials: Partials | undefined;
  readonly throttle: Throttle;
  /** Bytes a second that a mirror must send. */
  readonly minRate: number;
  /** The mirrors in the order in which they are asked now. */
  readonly mirrors: () => readonly string[];
  /** Told who gave wrong bytes, and of which path. */
  readonly onLiar: (mirror: string, path: string) => void;
  /** Told how long the network took for how much of a mirror's bytes. */
  readonly onDelivered: (mirror: string, bytes: number, ms: number) => void;
}

/** One download. */
interface Job {
  readonly ports: DownloadPorts;
  readonly path: string;
  readonly request: TargetRequest;
}

function partialOf({ ports, path, request }: Job): Promise<PartialFile | undefined> {
  const { partials } = ports;
  if (partials === undefined || request.resumable !== true) return Promise.resolve(undefined);
  return partials.open(path, request.length);
}

/** What came of one stream. */
type Taken<T> =
  | { readonly kind: "done"; readonly value: T }
  /** The bytes were no good. */
  | { readonly kind: "wrong"; readonly error: VouchsafeError; readonly pieces: readonly Piece[] };

type Wrong = Extract<Taken<never>, { readonly kind: "wrong" }>;

async function* watched(
  body: AsyncIterable<Uint8Array>,
  look: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of body) {
    look(piece);
    yield piece;
  }
}

async function take<T>(
  { ports, path, request }: Job,
  mirrors: readonly string[],
  partial: PartialFile | undefined,
  consume: Consume<T>,
  look: (bytes: Uint8Array) => void,
): Promise<Taken<T>> {
  const { length, signal, onReceived = () => undefined } = request;
  const ledger = makeLedger(partial?.held);
  const attempts = makeAttempts(mirrors, ports, signal);
  const job = { path, length, attempts, ledger, partial, signal, onReceived };
  const source = openFileSource({ ...ports, ...job });
  try {
    const value = await consume(watched(source.body, look));
    await source.end();
    await partial?.close();
    return { kind: "done", value };
  } catch (cause) {
    await source.end();
    const error = toVouchsafeError(cause);
    const wrong = source.failure() === undefined && error.code === "trust.mismatch";
    await (wrong || error.class === "disk" ? partial?.remove() : partial?.close());
    signal?.throwIfAborted();
    if (!wrong) throw source.failure() ?? cause;
    return { kind: "wrong", error, pieces: ledger.pieces() };
  }
}

/** The mirror that gave all of it in this process; undefined if there was more than one source. */
function soleGiver(pieces: readonly Piece[], held: number): string | undefined {
  const [first, ...rest] = new Set(pieces.map(({ mirror }) => mirror));
  return held === 0 && rest.length === 0 ? first : undefined;
}

/** What the attempts so far have shown. */
interface Evidence {
  readonly errors: VouchsafeError[];
  /** What was given and not accepted, to be compared with what will be. */
  readonly refused: (readonly Piece[])[];
}

/** One mirror alone; undefined when it has nothing to give and another is to be asked. */
async function takeFrom<T>(
  job: Job,
  mirror: string,
  consume: Consume<T>,
  { errors, refused }: Evidence,
): Promise<Taken<T> | undefined> {
  const { ports, path, request } = job;
  const comparisons = refused.map(compareWith);
  const look = (bytes: Uint8Array): void => {
    for (const comparison of comparisons) comparison.add(bytes);
  };
  try {
    const taken = await take(job, [mirror], await partialOf(job), consume, look);
    if (taken.kind === "done") {
      const liars = new Set(comparisons.flatMap((comparison) => comparison.liars()));
      for (const liar of liars) ports.onLiar(liar, path);
      return taken;
    }
    errors.push(taken.error);
    refused.push(taken.pieces);
    if (request.sha256 !== undefined) ports.onLiar(mirror, path);
    // Two mirrors that give the same do not lie: what was signed cannot be made of it.
    return comparisons.some((comparison) => comparison.same()) ? taken : undefined;
  } catch (cause) {
    request.signal?.throwIfAborted();
    const error = toVouchsafeError(cause);
    if (!isMirrorFault(error)) throw cause;
    errors.push(error);
    return undefined;
  }
}

async function oneAtATime<T>(
  job: Job,
  { error, pieces }: Wrong,
  held: number,
  consume: Consume<T>,
): Promise<T> {
  const { ports, path, request } = job;
  const sole = soleGiver(pieces, held);
  if (sole !== undefined && request.sha256 !== undefined) ports.onLiar(sole, path);
  const evidence: Evidence = { errors: [error], refused: [pieces] };
  for (const mirror of ports.mirrors()) {
    if (mirror === sole) continue;
    const taken = await takeFrom(job, mirror, consume, evidence);
    if (taken?.kind === "done") return taken.value;
    if (taken?.kind === "wrong") break;
  }
  throw worst(evidence.errors);
}

/**
 * Downloads a target. `consume` is given the body, and given it again from the start when it
 * throws `trust.mismatch` and another mirror may have other bytes.
 *
 * @throws VouchsafeError `transfer.*`, `repository.missing`, `trust.mismatch`, and what `consume`
 *   throws; the signal's reason
 */
export async function downloadTarget<T>(
  ports: DownloadPorts,
  path: string,
  request: TargetRequest,
  consume: Consume<T>,
): Promise<T> {
  const job: Job = { ports, path, request };
  const partial = await partialOf(job);
  const held = partial?.held.length ?? 0;
  const taken = await take(job, ports.mirrors(), partial, consume, () => undefined);
  if (taken.kind === "done") return taken.value;
  return oneAtATime(job, taken, held, consume);
}
