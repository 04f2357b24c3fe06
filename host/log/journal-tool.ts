/**
 * `logger --journald` of util-linux. The journal learns the unit of an entry from the process that
 * sent it, so that process must be known to the kernel a moment longer than it takes to send: the
 * shell becomes a `sleep` that does not wait for it, which keeps it as a zombie until then.
 */
import { spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import { Writable } from "node:stream";
import type { SendEntry } from "./journal.ts";

const script = "logger --journald <&3 & exec sleep 1 3<&- 2>/dev/null";
const toolEnv = { PATH: "/usr/bin:/bin" };
const timeoutMs = 5_000;
const maxErrorBytes = 1_000;

/** Processes that may be there at a time; entries beyond them are not taken. */
const maxProcesses = 20;

/** Whether standard error is the journal, as systemd says in JOURNAL_STREAM (systemd.exec(5)). */
export function isJournal(env: Readonly<Record<string, string | undefined>>): boolean {
  const { JOURNAL_STREAM: stream } = env;
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** Sends entries; each costs three short processes. */
export function journalTool(): SendEntry {
  let processes = 0;
  return (entry) => {
    if (processes >= maxProcesses) return Promise.resolve("busy");
    processes += 1;
    return new Promise((resolve) => {
      const child = spawn("/bin/sh", ["-c", script], {
        env: toolEnv,
        stdio: ["ignore", "ignore", "pipe", "pipe"],
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      let said = 0;
      child.on("error", () => resolve("broken"));
      child.once("close", () => {
        processes -= 1;
        clearTimeout(timer);
        resolve("broken"); // of no effect once the entry was taken
      });
      const { stderr } = child;
      stderr?.on("data", (chunk: Buffer) => {
        said += chunk.length;
        if (said > maxErrorBytes) stderr.destroy();
      });
      // Only logger still has it open: what is said there is why it has failed.
      stderr?.once("close", () => resolve(said === 0 ? "taken" : "broken"));
      const input = child.stdio[3];
      if (input instanceof Writable) input.on("error", () => undefined).end(entry);
    });
  };
}
