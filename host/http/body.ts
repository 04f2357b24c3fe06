/** The body of an answer: counted, watched for silence, never held in memory. */
import { VouchsafeError } from "../../protocol/errors.ts";
import { shownUrl, silent, transferError } from "./errors.ts";
import type { HttpResponse } from "./types.ts";

/** What watching a body needs. */
export interface BodyOptions {
  readonly url: string;
  readonly maxBytes: number;
  /** Longest wait for the next piece. Time the reader spends between two is not counted. */
  readonly idleMs: number;
  readonly signal: AbortSignal | undefined;
  /** Ends the connection. */
  readonly destroy: () => void;
}

/** A body went beyond its cap. */
export function tooLarge(url: string, maxBytes: number): VouchsafeError {
  const message = `The server of ${shownUrl(url)} sent more than ${maxBytes} bytes.`;
  return new VouchsafeError("transfer.too-large", message, {
    details: { url: shownUrl(url), maxBytes },
  });
}

/** The next piece, or `transfer.timeout` if none comes in time. */
async function nextPiece(
  iterator: AsyncIterator<Uint8Array>,
  { idleMs, url, destroy }: BodyOptions,
): Promise<IteratorResult<Uint8Array>> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(silent(url, idleMs));
      destroy();
    }, idleMs);
  });
  try {
    return await Promise.race([iterator.next(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Passes pieces on.
 * @throws VouchsafeError transfer.too-large, transfer.timeout, transfer.truncated; the signal's
 * reason
 */
export async function* watchBody(
  iterator: AsyncIterator<Uint8Array>,
  options: BodyOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  try {
    for (;;) {
      const piece = await nextPiece(iterator, options);
      if (piece.done === true) return;
      received += piece.value.length;
      if (received > options.maxBytes) throw tooLarge(options.url, options.maxBytes);
      yield piece.value;
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    throw transferError(error, options.url, "body");
  } finally {
    options.destroy();
  }
}

/**
 * Reads a whole body into memory.
 * @throws VouchsafeError transfer.*
 */
export async function readBody(response: HttpResponse, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let received = 0;
  for await (const piece of response.body) {
    received += piece.length;
    if (received > maxBytes) throw tooLarge(response.url, maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
