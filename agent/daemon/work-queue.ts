/** One piece of work after the other, in the order in which they came. */
import { VouchsafeError } from "../../protocol/errors.ts";

/** The queue of the service. */
export interface WorkQueue {
  /** Adds a piece; settles as it does, or rejects with `busy.locked` once the queue is closed. */
  add<T>(work: () => Promise<T>): Promise<T>;
  /** Whether something runs or waits. */
  busy(): boolean;
  /** Turns away what waits and what comes; resolves when what runs has ended. */
  close(): Promise<void>;
}

/** Makes an empty queue. */
export function makeWorkQueue(): WorkQueue {
  let tail: Promise<unknown> = Promise.resolve();
  let pending = 0;
  let closed = false;
  const turnAway = (): never => {
    throw new VouchsafeError("busy.locked", "The service is stopping.");
  };
  return {
    busy: () => pending > 0,
    add(work) {
      pending += 1;
      const result = tail
        .then(() => (closed ? turnAway() : work()))
        .finally(() => {
          pending -= 1;
        });
      tail = result.catch(() => undefined);
      return result;
    },
    async close() {
      closed = true;
      await tail;
    },
  };
}
