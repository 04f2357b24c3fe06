/** What a running service is for whoever watches it: pure. */
import type { Condition } from "./announcement.ts";

/** How the last check ended. */
export interface LastCheck {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `result` of its document. */
  readonly result: string;
}

/** The service as it is now. */
export interface ServiceSnapshot {
  readonly stopping: boolean;
  readonly reloads: number;
  readonly reloading: boolean;
  /** Whether a check or update runs. */
  readonly busy: boolean;
  /** The databases that are being updated. */
  readonly updating: readonly string[];
  readonly lastCheck: LastCheck | undefined;
  /** ISO 8601, UTC; null when none is planned. */
  readonly nextCheckAt: string | null;
  /** Why it is of no use any more, if it is not. */
  readonly stuck: string | undefined;
}

const maxNamesLength = 200;

function occupation({ stopping, busy, updating }: ServiceSnapshot): string {
  const names = updating.join(", ").slice(0, maxNamesLength);
  const doing = updating.length > 0 ? `updating ${names}` : "checking";
  if (stopping) return busy ? `Stopping after ${doing}` : "Stopping";
  if (busy) return doing.charAt(0).toUpperCase() + doing.slice(1);
  return "Idle";
}

/** One line: what it does, how the last check ended, when the next is due. */
export function statusLine(facts: ServiceSnapshot): string {
  const { stuck, lastCheck, nextCheckAt, stopping } = facts;
  if (stuck !== undefined) return `Stuck: ${stuck}`;
  const last =
    lastCheck === undefined ? "no check yet" : `last check ${lastCheck.at}: ${lastCheck.result}`;
  const next = nextCheckAt === null || stopping ? [] : [`next check ${nextCheckAt}`];
  return [occupation(facts), last, ...next].join("; ");
}

/** The condition to announce. */
export function conditionOf(facts: ServiceSnapshot): Condition {
  return {
    phase: facts.stopping ? "stopping" : "ready",
    reloads: facts.reloads,
    reloading: facts.reloading,
    status: statusLine(facts),
    stuck: facts.stuck,
  };
}
