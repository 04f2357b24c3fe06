/**
 * sd_notify(3) through the program systemd-notify: Node.js has no datagrams of the Unix domain
 * (docs/adr: The service manager is told by systemd-notify).
 */
import process from "node:process";
import type { ProcessOptions, ProcessResult } from "../../../host/process.ts";

/** Runs a program to its end (host/process.ts `runProcess`). */
type RunProgram = (
  argv: readonly [string, ...string[]],
  options: ProcessOptions,
) => Promise<ProcessResult>;

/** What a process knows of itself. */
export interface NotifyFacts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
}

/** systemd as the manager of this service. */
export interface Systemd {
  /** Longest time between two signs of life, in milliseconds; undefined if it does not watch. */
  readonly watchdogMs: number | undefined;
  monotonicUsec(): bigint;
  tell(lines: readonly string[]): Promise<boolean>;
}

const safePath = "/usr/bin:/bin";
const timeoutMs = 10_000;
const maxOutputBytes = 1_000;
const shortestWatchdogMs = 100;

/** sd_watchdog_enabled(3): the patience that counts for this process, in milliseconds. */
export function watchdogMsOf({ env, pid }: NotifyFacts): number | undefined {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: watched } = env;
  if (watched !== undefined && watched !== String(pid)) return undefined;
  if (usec === undefined || !/^\d{1,15}$/.test(usec)) return undefined;
  const ms = Number(usec) / 1000;
  return ms >= shortestWatchdogMs ? ms : undefined;
}

/** The variables by which systemd knows a service's first process: none of a child's business. */
const own: ReadonlySet<string> = new Set(["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]);

/** An environment for children. */
export function withoutNotifySocket<T>(env: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.has(name)));
}

/** The manager that started this process and wants to be told; undefined if there is none. */
export function systemdOf(facts: NotifyFacts, run: RunProgram): Systemd | undefined {
  const { NOTIFY_SOCKET: socket } = facts.env;
  if (socket === undefined || !/^[/@]/.test(socket)) return undefined;
  return {
    watchdogMs: watchdogMsOf(facts),
    monotonicUsec: () => process.hrtime.bigint() / 1000n,
    async tell(lines) {
      try {
        const env = { PATH: safePath, NOTIFY_SOCKET: socket };
        const result = await run(["systemd-notify", ...lines], { env, timeoutMs, maxOutputBytes });
        return result.code === 0;
      } catch {
        return false; // told again later; without systemd-notify its patience ends by itself
      }
    },
  };
}
