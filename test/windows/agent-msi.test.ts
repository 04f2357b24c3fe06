/** The MSI on a Windows: installed, running, updating, started and stopped, removed. */
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MemoryPublisher, memoryPublisher } from "../testkit/memory-publisher.ts";
import { type MisbehavingServer, misbehavingServer } from "../testkit/misbehaving-server.ts";
import {
  agentExe,
  builtInstaller,
  farSchedule,
  longText,
  msiexec,
  msiPath,
  patience,
  programData,
  startFreshWindows,
  type WindowsAgent,
  windowsAgent,
} from "../testkit/windows-agent.ts";
import { type WindowsMachine, whyNoWindows } from "../testkit/windows-machine.ts";
import { wineTimeoutMs } from "../testkit/wine-rootfs.ts";

const obstacle = whyNoWindows();
if (obstacle !== undefined) process.stdout.write(`no Windows: ${obstacle}\n`);

const slow = { timeout: 900_000 } as const;
const three = longText("three");
const last = (cycle: number) => longText(`cycle ${cycle}`);
/** Looks often: what is waited for is soon over. */
const soon = { timeout: 120_000, interval: 50 } as const;
const cycles = 20;

let windows: WindowsMachine;
let agent: WindowsAgent;
let publisher: MemoryPublisher;
let server: MisbehavingServer;

async function publish(text: string): Promise<void> {
  publisher.release("daily", { "rules.txt": text });
  await publisher.publish();
}

/** Whether a file of a release was asked for, since so many requests. */
const isFetching = (since: number): boolean =>
  server.requests.slice(since).some((path) => path.startsWith("targets/"));

const current = () => agent.current("daily", "rules.txt");

describe.runIf(obstacle === undefined)("the MSI", () => {
  beforeAll(async () => {
    publisher = await memoryPublisher();
    publisher.addDatabase("daily");
    await publish("one");
    server = await misbehavingServer(publisher.files);
    windows = await startFreshWindows();
    agent = windowsAgent(windows);
    const config = [
      "repository:",
      `  url: ${server.url}`,
      "databases:",
      "  daily: {}",
      `log: { level: info, target: { file: '${programData}\\agent.log' } }`,
    ];
    await windows.put(msiPath, builtInstaller());
    await windows.put(`${programData}\\root.json`, publisher.root);
    await windows.put(`${programData}\\agent.yaml`, `${config.join("\n")}\n${farSchedule}`);
  }, wineTimeoutMs + 120_000);

  afterAll(async () => {
    await windows?.stop();
    await server?.close();
  });

  test("installs silently, and the service runs", slow, async () => {
    expect((await msiexec(windows, ["/i", msiPath])).code).toBe(0);
    await expect.poll(() => agent.serviceState(), patience).toBe("running");
  });

  test("the service updates when it is asked to, twice", slow, async () => {
    expect(await agent.run("update", "--now")).toMatchObject({ code: 0 });
    expect(await current()).toBe("one");
    await publish("two");
    expect(await agent.run("update", "--now")).toMatchObject({ code: 0 });
    expect(await current()).toBe("two");
    expect(await agent.run("verify")).toMatchObject({ code: 0 });
    expect(await agent.run("status")).toMatchObject({ document: { service: { running: true } } });
  });

  test("stops only when the update that runs has ended, and starts again", slow, async () => {
    await publish(three);
    server.misbehave(/^targets\//, { kind: "slow", bytes: 2_000, pauseMs: 500 });
    const before = server.requests.length;
    const updating = agent.run("update", "--now");
    await expect.poll(() => isFetching(before), soon).toBe(true);
    expect(await agent.run("service", "stop")).toMatchObject({ code: 0 });
    expect(await updating).toMatchObject({ code: 0 });
    expect((await current()) === three).toBe(true);
    expect((await agent.messages()).at(-1)).toBe("service stopped");
  });

  test(
    `starts and stops ${cycles} times, each time with a check of its own that it lets end`,
    slow,
    async () => {
      server.misbehave(/^targets\//, { kind: "slow", bytes: 2_000, pauseMs: 50 });
      const atOnce = "schedule: { every: 24h, jitter: 0 }\n";
      await windows.put(`${programData}\\agent.d\\schedule.yaml`, atOnce);
      for (let cycle = 1; cycle <= cycles; cycle += 1) {
        await publish(last(cycle));
        const before = server.requests.length;
        expect(await agent.run("service", "start")).toMatchObject({ code: 0 });
        await expect.poll(() => isFetching(before), soon).toBe(true);
        expect(await agent.run("service", "stop")).toMatchObject({ code: 0 });
        expect((await current()) === last(cycle)).toBe(true);
      }
      expect(await agent.serviceState()).toBe("stopped");
      const told = await agent.messages();
      for (const message of ["service started", "service stopped"]) {
        expect(told.filter((entry) => entry === message)).toHaveLength(cycles + 1);
      }
    },
  );

  test("is removed without a trace but the state", slow, async () => {
    expect((await msiexec(windows, ["/x", msiPath])).code).toBe(0);
    expect(await windows.read(agentExe)).toBeUndefined();
    expect((await windows.run("sc", "query", "VouchsafeAgent")).code).not.toBe(0);
    expect((await current()) === last(cycles)).toBe(true);
  });
});
