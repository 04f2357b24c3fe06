/** The agent's executable as the service, as systemd would start it: told ready, and watched. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

const unitPath = join(import.meta.dirname, "../installers/linux/systemd/vouchsafe-agent.service");
const patienceMs = 60_000;
const lookEveryMs = 2;

/** A running service. Times are milliseconds from its start. */
export interface ResidentAgent {
  readonly pid: number;
  /** When the control socket greeted. */
  readonly answersMs: number;
  /** When systemd was told that it is ready; undefined on a machine without systemd-notify. */
  readonly readyMs: number | undefined;
  stop(): Promise<void>;
}

interface Receiver {
  /** Resolves when READY=1 has come. */
  readonly ready: Promise<number>;
  close(): Promise<void>;
}

const startReceiver = async (script: string, socket: string): Promise<Receiver> => {
  const child = spawn("perl", [script, socket], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<number>((resolve) => {
    lines.on("line", (line) => {
      if (line === "READY=1") resolve(performance.now());
    });
  });
  await once(lines, "line"); // LISTENING
  const ended = once(child, "close");
  return {
    ready,
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
};

/** What the shipped unit adds to the environment, and how it has the service watched. */
const unitEnvironment = async (): Promise<Record<string, string>> => {
  const unit = await readFile(unitPath, "utf8");
  const lines = [...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)];
  const minutes = /^WatchdogSec=(\d+)min$/m.exec(unit)?.[1];
  if (minutes === undefined) throw new Error("The unit does not say WatchdogSec in minutes.");
  return {
    ...Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value])),
    WATCHDOG_USEC: String(Number(minutes) * 60_000_000),
  };
};

/** Whether somebody greets on a socket. */
const greets = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once("error", () => resolve(false));
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
  });

const withinPatience = async <T>(what: string, waited: Promise<T>): Promise<T> => {
  const ended = new AbortController();
  const late = delay(patienceMs, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`${what} within ${patienceMs / 1000} s.`);
  });
  try {
    return await Promise.race([waited, late]);
  } finally {
    ended.abort();
    await late.catch(() => undefined);
  }
};

const untilGreets = async (child: ChildProcess, socket: string): Promise<number> => {
  while (!(await greets(socket))) {
    if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}.`);
    await delay(lookEveryMs);
  }
  return performance.now();
};

/** What a service is started from. */
export interface ResidentOptions {
  readonly executable: string;
  readonly config: string;
  /** The control socket that the configuration names. */
  readonly socket: string;
  /** Script and socket that stand in for systemd. */
  readonly receiver: string;
  readonly notifySocket: string;
}

/** Whether systemd can be told anything here. */
export const canNotify = (): boolean => existsSync("/usr/bin/systemd-notify");

/**
 * Starts the service and waits until it is ready.
 *
 * @throws Error when it ends before, or is not ready within a minute
 */
export const startResident = async (options: ResidentOptions): Promise<ResidentAgent> => {
  const { executable, config, socket, receiver: script, notifySocket } = options;
  const receiver = canNotify() ? await startReceiver(script, notifySocket) : undefined;
  const managed = receiver === undefined ? {} : { NOTIFY_SOCKET: notifySocket };
  const environment = await unitEnvironment();
  const start = performance.now();
  const child = spawn(executable, ["run", "--config", config], {
    env: { ...process.env, ...environment, ...managed },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const ended = once(child, "close");
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
    await receiver?.close();
  };
  try {
    const answers = await withinPatience("No greeting came", untilGreets(child, socket));
    const ready =
      receiver === undefined
        ? undefined
        : (await withinPatience("READY=1 did not come", receiver.ready)) - start;
    return { pid: child.pid ?? 0, answersMs: answers - start, readyMs: ready, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
