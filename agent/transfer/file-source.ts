/**
 * A file as one stream of bytes, whatever becomes of single connections and mirrors: what is on
 * the disk from before comes first, and each mirror goes on where the one before it stopped.
 */
import type { Clock } from "../../host/clock.ts";
import type { HttpClient, HttpResponse } from "../../host/http/types.ts";
import { toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import { type Attempts, isMirrorFault } from "./attempts.ts";
import type { Ledger } from "./ledger.ts";
import { getFrom } from "./mirror-request.ts";
import type { PartialFile } from "./partial-file.ts";
import { bytesToSkip, rangeHeaders, strongEtag } from "./range-answer.ts";
import { makeRateGuard, type RateGuard, type Throttle } from "./rate.ts";

/** One file to fetch. */
export interface FileJob {
  readonly http: HttpClient;
  /** Path in the repository. */
  readonly path: string;
  /** Signed length. */
  readonly length: number;
  readonly attempts: Attempts;
  readonly ledger: Ledger;
  readonly partial: PartialFile | undefined;
  readonly signal: AbortSignal | undefined;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly throttle: Throttle;
  /** Bytes a second that a mirror must send. */
  readonly minRate: number;
  /** Told of every byte that came over the network. */
  readonly onReceived: (count: number) => void;
  /** Told how long the network took for how much of a mirror's bytes. */
  readonly onDelivered: (mirror: string, bytes: number, ms: number) => void;
}

/** Bytes that tell a mirror's rate. */
const tellingBytes = 1024 * 1024;
/** Bytes of an attempt that are worth another. */
const progressBytes = 64 * 1024;
/** Bytes after which what came is made durable. */
const durableBytes = 8 * 1024 * 1024;

/** A mirror's answer that is being read. */
interface Reading {
  readonly mirror: string;
  readonly response: HttpResponse;
  readonly iterator: AsyncIterator<Uint8Array>;
  /** Bytes at its beginning that are there already. */
  skip: number;
  /** New bytes that it gave. */
  given: number;
  /** Milliseconds that were spent waiting for it. */
  waited: number;
  readonly guard: RateGuard;
}

/** The stream of a file. */
export interface FileSource {
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
  /** Why the stream failed, if it did; a reader may have failed for reasons of its own. */
  failure(): unknown;
  /** Ends it, whatever the reader did; never rejects. */
  end(): Promise<void>;
}

function slowError(address: string, minRate: number): VouchsafeError {
  const { origin } = new URL(address);
  const message = `The server ${origin} sent less than ${minRate} bytes a second for a minute.`;
  return new VouchsafeError("transfer.timeout", message);
}

/** Opens nothing yet: the first read does. */
export function openFileSource(job: FileJob): FileSource {
  const { http, path, length, attempts, ledger, partial, signal, clock } = job;
  const { throttle, minRate, onReceived, onDelivered } = job;
  const etags = new Map(partial?.etags);
  /** Mirrors whose answers to a range were wrong. */
  const rangeless = new Set<string>();
  let reading: Reading | undefined;
  let durable = ledger.size();
  let failure: unknown;
  let ended = false;

  async function note(): Promise<void> {
    await partial?.note(ledger, etags);
    durable = ledger.size();
  }

  async function open(mirror: string): Promise<Reading> {
    const offset = ledger.size();
    const headers = rangeless.has(mirror) ? {} : rangeHeaders(offset, etags.get(mirror));
    const response = await getFrom(http, { mirror, path, headers, ...(signal && { signal }) });
    try {
      const skip = bytesToSkip(response, path, offset, length);
      const etag = strongEtag(response);
      if (etag !== undefined) etags.set(mirror, etag);
      ledger.from(mirror);
      await note();
      const iterator = response.body[Symbol.asyncIterator]();
      return {
        mirror,
        response,
        iterator,
        skip,
        given: 0,
        waited: 0,
        guard: makeRateGuard(minRate),
      };
    } catch (error) {
      response.cancel();
      throw error;
    }
  }

  function taken(from: Reading, piece: Uint8Array): Uint8Array {
    onReceived(piece.length);
    const fresh = piece.subarray(Math.min(from.skip, piece.length));
    from.skip -= piece.length - fresh.length;
    if (ledger.size() + fresh.length > length) {
      throw new VouchsafeError("trust.mismatch", `${path} is longer than its ${length} bytes.`);
    }
    from.given += fresh.length;
    return fresh;
  }

  /** The next bytes of what is being read; undefined at its end, which must be the file's. */
  async function read(from: Reading): Promise<Uint8Array | undefined> {
    for (;;) {
      const begun = clock.monotonicMs();
      const { done, value } = await from.iterator.next();
      const waited = clock.monotonicMs() - begun;
      from.waited += waited;
      if (done === true) break;
      if (from.guard.tooSlow(value.length, waited)) throw slowError(from.response.url, minRate);
      await throttle.take(value.length, signal);
      const fresh = taken(from, value);
      if (fresh.length > 0) return fresh;
    }
    if (from.given >= tellingBytes) onDelivered(from.mirror, from.given, from.waited);
    if (ledger.size() === length) return undefined;
    const message = `${path} ended after ${ledger.size()} of its ${length} bytes.`;
    throw new VouchsafeError("trust.mismatch", message);
  }

  function blame(mirror: string, cause: unknown): void {
    signal?.throwIfAborted();
    const error = toVouchsafeError(cause);
    if (ended || !isMirrorFault(error)) throw cause;
    if (error.details["range"] === true) rangeless.add(mirror);
    attempts.failed(mirror, error, (reading?.given ?? 0) >= progressBytes);
  }

  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (reading === undefined && ledger.size() === length) return undefined;
      const mirror: string = reading?.mirror ?? (await attempts.next());
      try {
        reading ??= await open(mirror);
        return await read(reading);
      } catch (cause) {
        blame(mirror, cause);
        reading?.response.cancel();
        reading = undefined;
      }
    }
  }

  async function* stream(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (partial !== undefined) yield* partial.read();
      for (;;) {
        const piece = await next().catch((error: unknown) => {
          failure = error;
          throw error;
        });
        if (piece === undefined) return;
        ledger.add(piece);
        const kept = partial?.append(piece);
        try {
          yield piece;
        } finally {
          await kept;
        }
        if (ledger.size() - durable >= durableBytes) {
          ledger.close();
          await note();
        }
      }
    } finally {
      reading?.response.cancel();
      ledger.close();
      await note();
    }
  }

  const body = stream();
  return {
    body,
    failure: () => failure,
    end: async () => {
      ended = true;
      reading?.response.cancel(); // a read that waits for the network ends now
      await body.return().catch(() => undefined);
    },
  };
}
