/** Within a run: which mirrors that are no relays have answered, and whether they can be reached. */
import { toVouchsafeError, VouchsafeError } from "../../protocol/errors.ts";
import type { TargetRequest } from "./download.ts";
import type { Mirrors } from "./mirrors.ts";
import { type Mirrorage, rootPath, timestampPath } from "./route.ts";

/** What a run finds out. */
export interface OriginsWatch {
  mirrorage(): Mirrorage;
  /** A mirror has answered for a metadata file. */
  answered(mirror: string, path: string): void;
  /** What a mirror gave was not acceptable: it is no answer. */
  refused(mirror: string): void;
  /** What the run says of the mirrors that are no relays, in a sentence, if that is news. */
  news(): string | undefined;
  /**
   * Asks for a file where it may be had.
   *
   * @throws VouchsafeError `transfer.unreachable` when nobody is left to ask; what `work` throws
   */
  ask<T>(
    from: TargetRequest["from"],
    work: (mirrors: () => readonly string[]) => Promise<T>,
  ): Promise<T>;
}

const nobody = (): VouchsafeError =>
  new VouchsafeError("transfer.unreachable", "No mirror that would have it can be asked now.");

/** Nothing is known yet. */
export function watchOrigins(mirrors: Mirrors): OriginsWatch {
  /** Out of reach: what can be had otherwise is not asked of them again in this run. */
  let out = false;
  let giver: string | undefined;
  let witness: string | undefined;
  const isRelay = (mirror: string): boolean => mirrors.isRelay(mirror);
  const isOrigin = (mirror: string): boolean => !isRelay(mirror);
  const origins = (): readonly string[] => mirrors.order().filter(isOrigin);

  return {
    mirrorage: () => ({
      all: mirrors.order(),
      isRelay,
      originDue: mirrors.originDue() && witness === undefined,
      originsOut: out,
      giver,
    }),
    answered: (mirror, path) => {
      const asked = rootPath.test(path) || (path === timestampPath && mirrors.originDue());
      if (isOrigin(mirror)) out = false;
      else if (asked) out = true; // it was their turn before the relay's
      if (path !== timestampPath) return;
      giver = mirror;
      if (isOrigin(mirror)) witness = mirror;
    },
    refused: (mirror) => {
      if (witness === mirror) witness = undefined;
    },
    news: () => mirrors.originSeen(witness !== undefined),
    ask: async (from, work) => {
      if (from === undefined) return work(() => mirrors.order());
      const reachable = out ? [] : origins();
      const asked = from === "relays" ? mirrors.relays() : reachable;
      if (asked.length === 0) throw nobody();
      if (from === "relays") return work(() => asked);
      try {
        return await work(() => asked);
      } catch (error) {
        out ||= toVouchsafeError(error).code.startsWith("transfer.");
        throw error;
      }
    },
  };
}
