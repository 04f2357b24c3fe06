/**
 * `logger --journald` of util-linux. The journal learns the unit of an entry from the process that
 * sent it, so that process must be known to the kernel a moment longer than it takes to send: the
 * shell becomes a `sleep` that does not wait for it, which keeps it as a zombie until then.
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { JournalOptions, JournalTool, Sent } from "./journal.ts";

const script = '"$0" --journald <&3 & exec sleep 1 3<&- 2>/dev/null';
const toolEnv = { PATH: "/usr/bin:/bin" };
const timeoutMs = 5_000;
const maxErrorBytes = 1_000;

/** Processes that may be there at a time; entries beyond them are not taken. */
const maxProcesses = 20;

/** What the journal needs at the end to look at who sent the last entry, in milliseconds. */
const lastLookMs = 200;

/** Where util-linux installs it. */
const loggerPath = "/usr/bin/logger";

/** Resolves when the tool has ended, whatever the shell does. */
function sent(child: ChildProcess, entry: string): Promise<Sent> {
  return new Promise((resolve) => {
    let said = 0;
    child.once("error", () => resolve("broken"));
    child.once("close", () => resolve("broken")); // of no effect once the entry was taken
    const { stderr } = child;
    stderr?.on("data", (chunk: Buffer) => {
      said += chunk.length;
      if (said > maxErrorBytes) stderr.destroy();
    });
    // Only the tool still has it open: what is said there is why it has failed.
    stderr?.once("close", () => resolve(said === 0 ? "taken" : "broken"));
    const input = child.stdio[3];
    if (input instanceof Writable) input.on("error", () => undefined).end(entry);
  });
}

/** How the running program writes to the journal. */
export function journalOptions(
  identifier: string,
  messageIds: JournalOptions["messageIds"],
): JournalOptions {
  return { identifier, pid: process.pid, messageIds, tool: journalTool(loggerPath) };
}

/** Sends entries; each costs three short processes. */
export function journalTool(program: string): JournalTool {
  const processes = new Map<ChildProcess, Promise<void>>();
  return {
    send: async (entry) => {
      if (processes.size >= maxProcesses) return "busy";
      const child = spawn("/bin/sh", ["-c", script, program], {
        env: toolEnv,
        stdio: ["ignore", "ignore", "pipe", "pipe"],
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      const gone = new Promise<void>((resolve) => {
        child.once("close", () => {
          clearTimeout(timer);
          processes.delete(child);
          resolve();
        });
      });
      processes.set(child, gone);
      return sent(child, entry);
    },
    end: async () => {
      if (processes.size === 0) return;
      await delay(lastLookMs);
      for (const child of processes.keys()) child.kill("SIGKILL");
      await Promise.all(processes.values());
    },
  };
}
