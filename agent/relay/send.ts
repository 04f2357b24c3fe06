/** The body of an answer: read from the disk and sent piece by piece, within the relay's rate. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "../../host/clock.ts";
import type { FileSystem, OpenFile } from "../../host/file-system.ts";
import { openPlainFile } from "../store/plain-file.ts";
import type { Throttle } from "../transfer/rate.ts";
import type { Part } from "./answer.ts";
import { bounds } from "./bounds.ts";
import type { Offer } from "./catalog.ts";

/** What sending needs. */
export interface SendPorts {
  readonly fs: FileSystem;
  readonly clock: Pick<Clock, "sleep">;
  /** Of all answers together. */
  readonly throttle: Throttle;
}

/**
 * Opens what an offer names, if it is still what was verified. Once it is open its bytes stay,
 * whatever is collected meanwhile.
 */
export async function openOffer(fs: FileSystem, offer: Offer): Promise<OpenFile | undefined> {
  const file = await openPlainFile(fs, offer.file, offer.length);
  if (file === undefined) return undefined;
  const { kind, size, mtimeMs } = await file.stat();
  const same = offer.mtimeMs === undefined || offer.mtimeMs === mtimeMs;
  if (kind === "file" && size === offer.length && same) return file;
  await file.close();
  return undefined;
}

/** Sends bytes; resolves once the system has taken them. */
async function write(
  response: ServerResponse,
  bytes: Uint8Array,
  { clock }: SendPorts,
  gone: AbortSignal,
): Promise<void> {
  if (response.write(bytes)) return;
  const waiting = new AbortController();
  const signal = AbortSignal.any([gone, waiting.signal]);
  try {
    await Promise.race([
      once(response, "drain", { signal }),
      clock.sleep(bounds.stalledMs, signal).then(() => {
        throw new Error("the reader takes too little");
      }),
    ]);
  } finally {
    waiting.abort();
  }
}

/**
 * Sends a part of an open file.
 *
 * @param gone aborted when the reader is
 * @throws when the file is shorter than it was, the reader is gone or too slow
 */
export async function sendPart(
  response: ServerResponse,
  file: OpenFile,
  { start, end }: Part,
  ports: SendPorts,
  gone: AbortSignal,
): Promise<void> {
  for (let at = start; at < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(bounds.chunkBytes, end - at));
    const count = await file.read(buffer, 0, buffer.length, at);
    if (count === 0) throw new Error("the file is shorter than it was");
    await ports.throttle.take(count, gone);
    await write(response, buffer.subarray(0, count), ports, gone);
    at += count;
  }
}
