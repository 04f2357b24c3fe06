/** The MSI where it is installed already: a later version, an older one, a repair, and its removal. */
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { laterInstaller, laterVersion } from "../testkit/later-installer.ts";
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

const folder = "C:\\Program Files\\Vouchsafe";
const rootFile = "C:\\vouchsafe-test\\root.json";
const laterMsi = "C:\\vouchsafe-test\\later.msi";
const uninstallKey = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";
const slow = { timeout: 600_000 } as const;
const long = longText("long");

let windows: WindowsMachine;
let agent: WindowsAgent;
let publisher: MemoryPublisher;
let server: MisbehavingServer;

async function publish(text: string): Promise<void> {
  publisher.release("daily", { "rules.txt": text });
  await publisher.publish();
}

/** The versions of the agent that Windows lists as installed. */
async function versions(): Promise<readonly string[]> {
  const { stdout } = await windows.run("reg", "query", uninstallKey, "/s");
  const entries = stdout.split(/\r?\n(?=HKEY_)/).filter((entry) => entry.includes("Vouchsafe"));
  return entries.flatMap((entry) => /DisplayVersion\s+REG_SZ\s+(\S+)/.exec(entry)?.[1] ?? []);
}

/** Configuration and identity: what no upgrade may change. */
const kept = async () =>
  Promise.all(
    ["agent.yaml", "root.json", "state\\keys\\identity.json"].map((name) =>
      windows.read(`${programData}\\${name}`),
    ),
  );

describe.runIf(obstacle === undefined)("where the agent is installed", () => {
  beforeAll(async () => {
    publisher = await memoryPublisher();
    publisher.addDatabase("daily");
    await publish("one");
    server = await misbehavingServer(publisher.files);
    windows = await startFreshWindows();
    agent = windowsAgent(windows);
    await windows.put(msiPath, builtInstaller());
    await windows.put(laterMsi, await laterInstaller());
    await windows.put(rootFile, publisher.root);
    await windows.put(`${programData}\\agent.d\\schedule.yaml`, farSchedule);
  }, wineTimeoutMs + 120_000);

  afterAll(async () => {
    await windows?.stop();
    await server?.close();
  });

  test("it works", slow, async () => {
    const values = { REPOSITORYURL: server.url, DATABASES: "daily", ROOTFILE: rootFile };
    expect((await msiexec(windows, ["/i", msiPath], values)).code).toBe(0);
    await expect.poll(() => agent.serviceState(), patience).toBe("running");
    expect(await agent.run("update", "--now")).toMatchObject({ code: 0 });
  });

  test("a repair brings back what is missing, and the service works again", slow, async () => {
    expect(await agent.run("service", "stop")).toMatchObject({ code: 0 });
    const missing = ["koffi.node", "NOTICES.txt"];
    for (const name of missing) await windows.remove(`${folder}\\${name}`);
    // What `/famus` stands for, which Wine's msiexec does not know.
    const repair = { REINSTALL: "ALL", REINSTALLMODE: "amus" };
    expect((await msiexec(windows, ["/i", msiPath], repair)).code).toBe(0);
    expect(await windows.list(folder)).toEqual(expect.arrayContaining(missing));
    await expect.poll(() => agent.serviceState(), patience).toBe("running");
    expect(await agent.run("update", "--now")).toMatchObject({ code: 0 });
  });

  test(
    "a later version lets the update that runs end, takes over, and keeps all",
    slow,
    async () => {
      const before = await kept();
      await publish(long);
      server.misbehave(/^targets\//, { kind: "slow", bytes: 2_000, pauseMs: 500 });
      const asked = server.requests.length;
      const updating = agent.run("update", "--now");
      const downloads = () =>
        server.requests.slice(asked).some((path) => path.startsWith("targets/"));
      await expect.poll(downloads, { ...patience, interval: 50 }).toBe(true);
      // Only a removal is asked for the data, never the one on the way to a later version.
      expect((await msiexec(windows, ["/i", laterMsi], { PURGE: "1" })).code).toBe(0);
      expect(await updating).toMatchObject({ code: 0 });
      expect((await agent.current("daily", "rules.txt")) === long).toBe(true);
      await expect.poll(() => agent.serviceState(), patience).toBe("running");
      expect(await versions()).toEqual([laterVersion]);
      expect(await kept()).toEqual(before);
      expect(await agent.run("verify")).toMatchObject({ code: 0 });
    },
  );

  test("an older version is refused, and the later one goes on", slow, async () => {
    expect((await msiexec(windows, ["/i", msiPath])).code).not.toBe(0);
    expect(await versions()).toEqual([laterVersion]);
    expect(await agent.serviceState()).toBe("running");
    expect(await agent.run("update", "--now")).toMatchObject({ code: 0 });
  });

  test("its removal lets nothing behind but configuration and state", slow, async () => {
    const before = await kept();
    expect((await msiexec(windows, ["/x", laterMsi])).code).toBe(0);
    expect(await windows.read(agentExe)).toBeUndefined();
    expect(await windows.list(folder)).toEqual([]);
    expect((await windows.run("sc", "query", "VouchsafeAgent")).code).not.toBe(0);
    expect(await versions()).toEqual([]);
    expect(await kept()).toEqual(before);
    expect((await agent.current("daily", "rules.txt")) === long).toBe(true);
  });
});
