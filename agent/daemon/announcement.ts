/**
 * What the service manager is told, and when (sd_notify(3)): a pure function of how the service
 * is and of what was told before. WATCHDOG=1 is withheld while the service is stuck, so that the
 * manager starts it again.
 */

/** How the service is. */
export interface Condition {
  readonly phase: "ready" | "stopping";
  /** How many times a reload was begun. */
  readonly reloads: number;
  readonly reloading: boolean;
  /** One line for a person, such as systemctl status shows. */
  readonly status: string;
  /** Why the service is of no use any more, if it is not. */
  readonly stuck: string | undefined;
}

/** What the manager has taken. Milliseconds are monotonic. */
export interface Told {
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly reloads: number;
  readonly status: string;
  readonly fedAtMs: number;
}

/** Before anything was told. */
export const nothingTold: Told = {
  ready: false,
  stopping: false,
  reloads: 0,
  status: "",
  fedAtMs: Number.NEGATIVE_INFINITY,
};

/** What to tell now; `told` is what holds once the manager has taken it. */
export interface Announcement {
  readonly lines: readonly string[];
  readonly told: Told;
}

/** What time it is, in both of the manager's units. */
export interface Moment {
  readonly nowMs: number;
  /** CLOCK_MONOTONIC in microseconds, which RELOADING=1 must carry. */
  readonly monotonicUsec: bigint;
}

/** The watchdog is fed three times within its patience: one message may be late or lost. */
export function feedEveryMs(watchdogMs: number): number {
  return watchdogMs / 3;
}

/**
 * Plans the next message.
 *
 * @param watchdogMs the manager's patience; undefined if it does not watch
 * @returns no lines when there is nothing to say
 */
export function planAnnouncement(
  told: Told,
  condition: Condition,
  { nowMs, monotonicUsec }: Moment,
  watchdogMs: number | undefined,
): Announcement {
  const { phase, reloads, reloading, stuck } = condition;
  const status = condition.status === told.status ? [] : [`STATUS=${condition.status}`];
  const due = watchdogMs !== undefined && nowMs - told.fedAtMs >= feedEveryMs(watchdogMs);
  const feed = due && stuck === undefined ? ["WATCHDOG=1"] : [];
  const next: Told = {
    ...told,
    status: condition.status,
    fedAtMs: feed.length === 0 ? told.fedAtMs : nowMs,
  };
  if (phase === "stopping") {
    const stopping = told.stopping ? [] : ["STOPPING=1"];
    return { lines: [...stopping, ...status, ...feed], told: { ...next, stopping: true } };
  }
  if (reloads > told.reloads) {
    // Each reload is told, also one that is over already: the manager may wait for it.
    const lines = ["RELOADING=1", `MONOTONIC_USEC=${monotonicUsec}`, ...status, ...feed];
    return { lines, told: { ...next, reloads, ready: false } };
  }
  if (reloading) return { lines: [...status, ...feed], told: next };
  // Said again with each feed: systemd before 246 loses a message whose sender ends too soon.
  const ready = told.ready && feed.length === 0 ? [] : ["READY=1"];
  return { lines: [...ready, ...status, ...feed], told: { ...next, ready: true } };
}
