/** SIGINT and SIGTERM as an AbortSignal: the first asks to stop, a second SIGINT insists. */
import process from "node:process";
import { VouchsafeError } from "../../protocol/errors.ts";

/** Signals that ask a program to end. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** The reason that an AbortSignal carries after one of them. */
export function interruption(signal: StopSignal): VouchsafeError {
  return new VouchsafeError("internal.interrupted", `Interrupted by ${signal}.`, {
    details: { signal },
  });
}

/** 130 or 143 if the signal was aborted by one of them, else undefined. */
export function interruptedExitCode(signal: AbortSignal): number | undefined {
  const reason: unknown = signal.reason;
  if (!(reason instanceof VouchsafeError) || reason.code !== "internal.interrupted") {
    return undefined;
  }
  return reason.details["signal"] === "SIGTERM" ? 143 : 130;
}

/** Turns the process's signals into an AbortSignal. A second SIGINT ends the process with 130. */
export function watchSignals(): AbortSignal {
  const controller = new AbortController();
  let interrupts = 0;
  process.on("SIGINT", () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(130);
    controller.abort(interruption("SIGINT"));
  });
  process.on("SIGTERM", () => controller.abort(interruption("SIGTERM")));
  return controller.signal;
}
