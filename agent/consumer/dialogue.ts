/**
 * Asking a program over its socket: one connection, a time for the whole of it, and answers of
 * bounded length. The socket is a consumer's, so what it says is hostile input.
 */
import { connect, type Socket } from "node:net";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";
import type { SocketAddress } from "../config/types.ts";

/** How it is asked. */
export interface DialogueOptions {
  /** Who is asked, for messages. */
  readonly who: string;
  /** For the whole dialogue, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A dialogue under way. Every call rejects with `consumer.unreachable`. */
export interface Dialogue {
  send(bytes: Uint8Array): void;
  /** Bytes up to the next `end`, which is left out, or up to the end of the connection. */
  receive(end: number, maxBytes: number): Promise<Buffer>;
}

function unreachable(who: string, why: string, cause?: unknown): VouchsafeError {
  return new VouchsafeError("consumer.unreachable", `${who} cannot be asked: ${why}.`, { cause });
}

function reader(socket: Socket, who: string): Dialogue["receive"] {
  const chunks = socket[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  return async (end, maxBytes) => {
    for (;;) {
      const found = rest.indexOf(end);
      if (found >= 0) {
        const answer = rest.subarray(0, found);
        rest = rest.subarray(found + 1);
        return answer;
      }
      if (rest.length > maxBytes) throw unreachable(who, `its answer exceeds ${maxBytes} bytes`);
      const next = await chunks.next();
      if (next.done === true) {
        if (rest.length === 0) throw unreachable(who, "it hung up without an answer");
        const answer = rest;
        rest = Buffer.alloc(0);
        return answer;
      }
      rest = Buffer.concat([rest, next.value]);
    }
  };
}

/**
 * Connects, and holds a dialogue.
 *
 * @throws VouchsafeError `consumer.unreachable` when there is no connection, no answer in time, or
 *   one that is too long; whatever `talk` throws; the signal's reason
 */
export async function converse<T>(
  address: SocketAddress,
  { who, timeoutMs, signal }: DialogueOptions,
  talk: (dialogue: Dialogue) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const socket = connect(address);
  socket.on("error", () => undefined); // it is thrown where the answer is awaited
  const late = unreachable(who, `no answer within ${timeoutMs / 1000} s`);
  const timer = setTimeout(() => socket.destroy(late), timeoutMs);
  const onAbort = (): void => {
    socket.destroy(late);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    return await talk({
      send: (bytes) => {
        socket.write(bytes);
      },
      receive: reader(socket, who),
    });
  } catch (error) {
    signal?.throwIfAborted();
    const errno = errnoOf(error);
    throw error instanceof VouchsafeError || errno === undefined
      ? error
      : unreachable(who, errno, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    socket.destroy();
  }
}
