/**
 * Reads a message's body to the last byte that arrived. The iterator of Node's streams drops what
 * it has buffered when a connection breaks; a download that is to go on from there would have to
 * fetch that again.
 */
import type { Readable } from "node:stream";

/** The pieces of a body, in order. Rejects with the connection's error after the last of them. */
export function readIncoming(message: Readable): AsyncIterator<Uint8Array> {
  let ended = false;
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const onChange = (): void => wake();
  message.on("readable", onChange);
  message.on("end", () => {
    ended = true;
    wake();
  });
  message.on("error", (error: Error) => {
    failure = error;
    wake();
  });
  message.on("close", onChange);
  return {
    next: async () => {
      for (;;) {
        const piece: unknown = message.read();
        if (piece instanceof Uint8Array) return { done: false, value: piece };
        if (ended) return { done: true, value: undefined };
        if (failure !== undefined) throw failure;
        if (message.destroyed) throw new Error("the connection was closed");
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
