/** What the benchmark of a resident reads from the kernel, and what stands in for systemd. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { cpuMsOf, memoryOf } from "../../../bench/proc.ts";
import { canNotify } from "../../../bench/resident-agent.ts";
import { runProcess } from "../../../host/process.ts";

/** A process that says "ready", and does the rest of its script once it is told to. */
const waiting = async (before: string, after: string) => {
  const script = `${before}; console.log("ready"); process.stdin.once("data", () => { ${after}; console.log("done"); })`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return {
    pid: child.pid ?? 0,
    goOn: async () => {
      child.stdin.write("\n");
      await once(child.stdout, "data");
    },
    end: async () => {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    },
  };
};

describe.runIf(existsSync("/proc/self/smaps_rollup"))("a process that goes on", () => {
  test("shows the memory that it alone uses, and its peak when that is given back", async () => {
    const resident = await waiting("globalThis.held = Buffer.alloc(60e6, 1)", "");
    try {
      const memory = await memoryOf(resident.pid);
      expect(memory.privateBytes).toBeGreaterThan(60e6);
      expect(memory.pssBytes).toBeGreaterThan(memory.privateBytes);
      expect(memory.peakRssBytes).toBeGreaterThan(60e6);
    } finally {
      await resident.end();
    }
  });

  test("shows the CPU time of itself and of the children that it has waited for", async () => {
    const burn = "const end = process.cpuUsage().user + 2e5; while (process.cpuUsage().user < end)";
    const child = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(burn)}])`;
    const resident = await waiting("", `${burn}; ${child}`);
    try {
      const before = await cpuMsOf(resident.pid);
      await resident.goOn();
      expect((await cpuMsOf(resident.pid)) - before).toBeGreaterThan(380);
    } finally {
      await resident.end();
    }
  });
});

test.runIf(canNotify())(
  "the stand-in for systemd prints what systemd-notify tells it",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "vouchsafe-notify-"));
    try {
      const socket = join(folder, "notify");
      const script = resolve(import.meta.dirname, "../../../bench/notify-receiver.pl");
      const receiver = spawn("perl", [script, socket], { stdio: ["pipe", "pipe", "inherit"] });
      const printed: string[] = [];
      receiver.stdout.on("data", (chunk: Buffer) => printed.push(String(chunk)));
      const closed = once(receiver, "close");
      await expect.poll(() => printed.join("")).toBe("LISTENING\n");
      const env = { PATH: "/usr/bin:/bin", NOTIFY_SOCKET: socket };
      await runProcess(["systemd-notify", "READY=1", "STATUS=idle"], {
        env,
        timeoutMs: 60_000,
        maxOutputBytes: 1000,
      });
      receiver.stdin.end();
      await closed;
      expect(printed.join("")).toMatch(/^LISTENING\nREADY=1\nSTATUS=idle\n/);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
