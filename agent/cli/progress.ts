/** Progress of an update: a bar on a terminal, or at most a few events a second for the service. */
import type { Output } from "../../host/cli/output.ts";
import type { Progress } from "../../host/cli/progress.ts";
import type { Clock } from "../../host/clock.ts";
import type { ProgressEvent } from "../update/types.ts";

type Listener = (event: ProgressEvent) => void;

const betweenMs = 500;

/** Lets each new step through at once, and amounts within a step at most twice a second. */
export function throttled(clock: Clock, listener: Listener): Listener {
  const last = new Map<string, { readonly step: string; readonly atMs: number }>();
  return (event) => {
    const now = clock.monotonicMs();
    const before = last.get(event.database);
    if (before?.step === event.step && now - before.atMs < betweenMs) return;
    last.set(event.database, { step: event.step, atMs: now });
    listener(event);
  };
}

/** One bar for each database that is fetched. */
export function progressBars(out: Output): { readonly listener: Listener; end(): void } {
  let bar: { readonly database: string; readonly progress: Progress } | undefined;
  const end = (): void => {
    bar?.progress.end();
    bar = undefined;
  };
  return {
    end,
    listener: ({ database, step, done, total }) => {
      if (step !== "fetching" || total === 0) {
        if (bar?.database === database) end();
        return;
      }
      if (bar?.database !== database) {
        end();
        bar = { database, progress: out.progress(database) };
      }
      bar.progress.update(done, total);
    },
  };
}
