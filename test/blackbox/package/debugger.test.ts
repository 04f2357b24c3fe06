/**
 * Node.js answers SIGUSR1 by opening a debugger: whoever is root or the service's user could run
 * code inside the service by it, past the sandbox and the lock. The executables have none.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dist } from "../../testkit/built-packages.ts";
import { memoryPublisher } from "../../testkit/memory-publisher.ts";

let folder = "";
let service: ChildProcess | undefined;
let said = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vouchsafe-debugger-"));
  said = "";
});
afterEach(async () => {
  if (service?.exitCode === null && service.signalCode === null) {
    const ended = once(service, "exit");
    service.kill("SIGKILL");
    await ended;
  }
  rmSync(folder, { recursive: true });
});

/** The words that start each service, in a folder of its own. */
const services = {
  agent: async () => {
    const publisher = await memoryPublisher();
    writeFileSync(join(folder, "root.json"), publisher.root);
    const config = join(folder, "agent.yaml");
    const lines = [
      "repository:",
      "  url: http://127.0.0.1:9/",
      `  root: ${join(folder, "root.json")}`,
      "databases:",
      "  daily:",
      "    consumer: { type: none }",
      `state: ${join(folder, "state")}`,
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    return ["run", "--config", config];
  },
  console: async () => {
    mkdirSync(join(folder, "data"), { mode: 0o700 });
    return ["serve", "--data", join(folder, "data"), "--listen", "127.0.0.1:0"];
  },
} as const;

const ready = /service started|The console listens at/;

/** Starts a service and waits until it says that it is ready. */
async function start(program: keyof typeof services, command: readonly string[]): Promise<number> {
  const [executable = "", ...before] = command;
  const child = spawn(executable, [...before, ...(await services[program]())], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  service = child;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += String(chunk);
    });
  }
  await expect.poll(() => said, { timeout: 60_000 }).toMatch(ready);
  return child.pid ?? 0;
}

/** Whether a process has a handler for SIGUSR1 (signal 10). */
function catchesUsr1(pid: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (BigInt(`0x${mask ?? "0"}`) & (1n << 9n)) !== 0n;
}

describe.each(["agent", "console"] as const)("the executable of the %s", (program) => {
  const executable = join(dist, `vouchsafe-${program}`);

  test("opens no debugger at SIGUSR1, and goes on until it is told to end", async () => {
    const pid = await start(program, [executable]);
    expect(catchesUsr1(pid)).toBe(false);
    const ended = once(service ?? process, "exit");
    service?.kill("SIGUSR1");
    service?.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(said).not.toContain("Debugger");
  });

  test("would open one without that: its bundle alone does", async () => {
    const pid = await start(program, [process.execPath, `${executable}.cjs`]);
    expect(catchesUsr1(pid)).toBe(true);
  });
});
