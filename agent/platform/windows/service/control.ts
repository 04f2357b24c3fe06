/** The service as an administrator handles it: put in, taken out, started, stopped, looked at. */
import type { Clock } from "../../../../host/clock.ts";
import { VouchsafeError } from "../../../../protocol/errors.ts";
import type { ServiceState } from "./settings.ts";

/** What the service control manager offers (native/service-manager.ts). Errors are `disk.*` or `usage.input`. */
export interface ServiceControl {
  state(): ServiceState;
  /** Registers the service with that command line; whether it was not there before. */
  install(command: string): boolean;
  /** Sees to delayed start, failure actions and the rest; changes nothing that is right. */
  configure(): void;
  remove(): void;
  start(): void;
  requestStop(): void;
}

/** How long a start or a stop may take, in milliseconds: a drain and something more. */
const patienceMs = 90_000;
const lookEveryMs = 200;

async function waitFor(
  control: ServiceControl,
  clock: Clock,
  wanted: ServiceState,
  whileIn: readonly ServiceState[],
): Promise<void> {
  const begun = clock.monotonicMs();
  for (;;) {
    const state = control.state();
    if (state === wanted) return;
    const late = clock.monotonicMs() - begun > patienceMs;
    if (late || !whileIn.includes(state)) {
      const message = `The service is ${state}, not ${wanted}: see its log.`;
      throw new VouchsafeError("internal.unexpected", message);
    }
    await clock.sleep(lookEveryMs);
  }
}

function mustBeInstalled(control: ServiceControl): void {
  if (control.state() !== "not installed") return;
  const message = "The service is not installed: use vouchsafe-agent service install.";
  throw new VouchsafeError("usage.input", message);
}

/** Starts it and waits until it runs; nothing if it does. Throws `usage.input`, `disk.permission`. */
export async function startService(control: ServiceControl, clock: Clock): Promise<void> {
  mustBeInstalled(control);
  if (control.state() === "stopped") control.start();
  await waitFor(control, clock, "running", ["starting"]);
}

/** Stops it and waits until it has; nothing if it is. Throws `usage.input`, `disk.permission`. */
export async function stopService(control: ServiceControl, clock: Clock): Promise<void> {
  mustBeInstalled(control);
  if (control.state() === "starting") await waitFor(control, clock, "running", ["starting"]);
  if (control.state() === "running") control.requestStop();
  await waitFor(control, clock, "stopped", ["stopping", "running"]);
}

/** Takes the service out, stopped first; whether there was one. Throws `disk.permission`. */
export async function uninstallService(control: ServiceControl, clock: Clock): Promise<boolean> {
  if (control.state() === "not installed") return false;
  await stopService(control, clock);
  control.remove();
  return true;
}
