/**
 * The agent as a service of Windows, without a wrapper: this process itself talks to the service
 * control manager. It is running once it listens; asked to stop, it lets what runs end and tells
 * the manager every second that it is at it.
 */
import type { Clock } from "../../../../host/clock.ts";
import { VouchsafeError } from "../../../../protocol/errors.ts";
import {
  answerTo,
  checkpointEveryMs,
  isPending,
  type ServicePhase,
  serviceStatus,
} from "./status.ts";

/** What the manager's side offers (native/service-dispatcher.ts). */
export interface Dispatcher {
  /**
   * Connects to the manager; resolves when the service has been started by it.
   *
   * @param onControl answers a control: whether it is known
   * @throws VouchsafeError `usage.arguments` when no manager started this process
   */
  connect(onControl: (control: number) => boolean): Promise<void>;
  /** SetServiceStatus. */
  setStatus(status: Buffer): void;
}

/** The service's end. */
export interface ServiceLink {
  /** Aborted when the service shall stop. */
  readonly signal: AbortSignal;
  /** As the resident service's manager: takes `READY=1` and `STOPPING=1`. */
  readonly manager: {
    readonly watchdogMs: undefined;
    monotonicUsec(): bigint;
    tell(lines: readonly string[]): Promise<boolean>;
  };
  /** The last word; the manager takes the process for gone afterwards. */
  stopped(exitCode: number): void;
}

/** Why the service's signal is aborted. */
function stopAsked(): VouchsafeError {
  return new VouchsafeError("internal.interrupted", "Stopped by the service control manager.", {
    details: { signal: "SIGTERM" },
  });
}

/** Becomes a service. Throws `usage.arguments` when no manager started this process. */
export async function linkService(dispatcher: Dispatcher, clock: Clock): Promise<ServiceLink> {
  const stopping = new AbortController();
  let ticking = new AbortController();
  let checkpoint = 0;

  /** Counts on while a change is pending. */
  async function tick(phase: ServicePhase, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      checkpoint += 1;
      dispatcher.setStatus(serviceStatus(phase, checkpoint, 0));
      await clock.sleep(checkpointEveryMs, signal).catch(() => undefined);
    }
  }

  function enter(phase: ServicePhase, exitCode = 0): void {
    ticking.abort();
    ticking = new AbortController();
    checkpoint = 0;
    if (isPending(phase)) void tick(phase, ticking.signal);
    else dispatcher.setStatus(serviceStatus(phase, 0, exitCode));
  }

  await dispatcher.connect((control) => {
    const answer = answerTo(control);
    if (answer === "stop" && !stopping.signal.aborted) {
      enter("stop-pending");
      stopping.abort(stopAsked());
    }
    return answer !== undefined;
  });
  enter("start-pending");

  return {
    signal: stopping.signal,
    manager: {
      watchdogMs: undefined,
      monotonicUsec: () => 0n,
      tell: async (lines) => {
        if (lines.includes("READY=1") && !stopping.signal.aborted) enter("running");
        return true;
      },
    },
    stopped: (exitCode) => enter("stopped", exitCode),
  };
}
