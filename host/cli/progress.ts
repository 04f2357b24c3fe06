/** A progress bar on a terminal. Anywhere else nothing is printed. */
import type { Writable } from "node:stream";
import type { Clock } from "../clock.ts";
import { formatBytes, printable } from "./format.ts";

/** One bar. Amounts are bytes. */
export interface Progress {
  update(done: number, total: number): void;
  /** Clears the line. */
  end(): void;
}

/** Where and whether a bar is drawn. */
export interface ProgressOptions {
  readonly stream: Writable;
  readonly clock: Clock;
  readonly shown: boolean;
}

const barWidth = 24;
const redrawMs = 100;

/** A bar as one line of text. */
export function drawProgress(label: string, done: number, total: number): string {
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const filled = Math.floor(part * barWidth);
  const bar = "#".repeat(filled) + "-".repeat(barWidth - filled);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${printable(label)} [${bar}] ${percent} % of ${formatBytes(total)}`;
}

/** Makes a bar; it redraws at most ten times a second. */
export function makeProgress(label: string, options: ProgressOptions): Progress {
  if (!options.shown) return { update: () => undefined, end: () => undefined };
  const { stream, clock } = options;
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    update: (done, total) => {
      const now = clock.monotonicMs();
      if (now - drawnAt < redrawMs) return;
      drawnAt = now;
      stream.write(`\r\u001b[K${drawProgress(label, done, total)}`);
    },
    end: () => {
      if (drawnAt > Number.NEGATIVE_INFINITY) stream.write("\r\u001b[K");
    },
  };
}
