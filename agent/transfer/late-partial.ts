/**
 * A partial file of a download that is most likely over in a moment: what comes is held in memory
 * first, and written only if it is not. So a short file is written once, and what a killed process
 * can lose is what came within that moment.
 */
import type { Clock } from "../../host/clock.ts";
import type { Ledger } from "./ledger.ts";
import type { PartialFile } from "./partial-file.ts";

/** How long nothing is written, in milliseconds. */
const momentMs = 1_000;

/** What a partial file is made of when it is needed. */
export interface LatePartialOptions {
  readonly clock: Clock;
  /** Signed length of the whole, which is held in memory; bytes. */
  readonly length: number;
  /** Begins the partial file; undefined if that cannot be done. */
  readonly begin: () => Promise<PartialFile | undefined>;
}

/** A partial file that is empty, and not there yet. */
export function latePartial({ clock, length, begin }: LatePartialOptions): PartialFile {
  const over = new AbortController();
  let pieces: Buffer[] = [];
  let size = 0;
  let noted: readonly [Ledger, ReadonlyMap<string, string>] | undefined;
  let begun = false;
  let file: PartialFile | undefined;
  let last: Promise<void> = Promise.resolve();

  /** One step after the other, for the moment may end within any of them. */
  function inOrder(step: () => Promise<void>): Promise<void> {
    last = last.then(step);
    return last;
  }

  async function write(): Promise<void> {
    if (begun) return;
    begun = true;
    file = await begin();
    const held = pieces;
    pieces = [];
    for (const piece of held) await file?.append(piece);
    if (noted !== undefined) await file?.note(...noted);
  }

  clock.sleep(momentMs, over.signal).then(
    () => inOrder(write),
    () => undefined, // it is over
  );

  return {
    held: [],
    etags: new Map(),
    read: async function* read() {
      // Nothing was there when it was opened.
    },
    append: (bytes) =>
      inOrder(async () => {
        size += bytes.length;
        if (begun) await file?.append(bytes);
        else pieces.push(Buffer.from(bytes));
      }),
    note: (ledger, etags) =>
      inOrder(async () => {
        noted = [ledger, etags];
        await file?.note(ledger, etags);
      }),
    close: () =>
      inOrder(async () => {
        over.abort();
        if (size > 0 && size < length) await write();
        await file?.close();
      }),
    remove: () =>
      inOrder(async () => {
        over.abort();
        begun = true;
        await file?.remove();
      }),
  };
}
