/** The MSI on a Windows: installed, running, updating, started and stopped, removed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isObject, own, parseJson } from "../../protocol/json.ts";
import { type MemoryPublisher, memoryPublisher } from "../testkit/memory-publisher.ts";
import { type MisbehavingServer, misbehavingServer } from "../testkit/misbehaving-server.ts";
import { startWindows, type WindowsMachine, whyNoWindows } from "../testkit/windows-machine.ts";
import { wineTimeoutMs } from "../testkit/wine-rootfs.ts";

const obstacle = whyNoWindows();
if (obstacle !== undefined) process.stdout.write(`no Windows: ${obstacle}\n`);

const packages = join(import.meta.dirname, "../../dist/packages");
const agentExe = "C:\\Program Files\\Vouchsafe\\vouchsafe-agent.exe";
const programData = "C:\\ProgramData\\Vouchsafe";
const msi = "C:\\vouchsafe-test\\agent.msi";
/** For what a loaded machine may need for one program of Windows. */
const patience = { timeout: 120_000, interval: 1_000 } as const;
const slow = { timeout: 600_000 } as const;
const three = "three ".repeat(4_000);

let windows: WindowsMachine;
let publisher: MemoryPublisher;
let server: MisbehavingServer;

async function publish(text: string): Promise<void> {
  publisher.release("daily", { "rules.txt": text });
  await publisher.publish();
}

/** Runs the installed agent; what it printed as its document. */
async function agent(...args: readonly string[]) {
  const { code, stdout, stderr } = await windows.run(agentExe, ...args, "--json");
  const document = stdout === "" ? null : parseJson(Buffer.from(stdout), 1_000_000);
  return { code, document, stderr };
}

async function serviceState(): Promise<unknown> {
  const { document } = await agent("service", "status");
  const service = isObject(document) ? own(document, "service") : undefined;
  return isObject(service) ? own(service, "state") : document;
}

/** What a reader of `current` finds: through a junction, or, by Wine, in a folder of links. */
const current = () => windows.read(`${programData}\\state\\databases\\daily\\current\\rules.txt`);

function installer(): Buffer {
  const found = readdirSync(packages).find((name) => name.endsWith(".msi"));
  if (found === undefined) throw new Error("dist/packages has no MSI: is wixl installed?");
  return readFileSync(join(packages, found));
}

/** The messages of the service's log, in order. */
async function messages(): Promise<readonly unknown[]> {
  const text = (await windows.read(`${programData}\\agent.log`)) ?? "";
  return text
    .trim()
    .split("\n")
    .map((line) => parseJson(Buffer.from(line), 100_000))
    .map((entry) => (isObject(entry) ? own(entry, "message") : undefined));
}

describe.runIf(obstacle === undefined)("the MSI", () => {
  beforeAll(async () => {
    publisher = await memoryPublisher();
    publisher.addDatabase("daily");
    await publish("one");
    server = await misbehavingServer(publisher.files);
    windows = await startWindows();
    const config = [
      "repository:",
      `  url: ${server.url}`,
      "databases:",
      "  daily: {}",
      `log: { level: info, target: { file: '${programData}\\agent.log' } }`,
    ];
    await windows.put(msi, installer());
    await windows.put(`${programData}\\root.json`, publisher.root);
    await windows.put(`${programData}\\agent.yaml`, `${config.join("\n")}\n`);
  }, wineTimeoutMs + 120_000);

  afterAll(async () => {
    await windows?.stop();
    await server?.close();
  });

  test("installs silently, and the service runs", slow, async () => {
    expect((await windows.run("msiexec", "/qn", "/i", msi)).code).toBe(0);
    await expect.poll(serviceState, patience).toBe("running");
  });

  test("the service updates when it is asked to, twice", slow, async () => {
    expect(await agent("update", "--now")).toMatchObject({ code: 0 });
    expect(await current()).toBe("one");
    await publish("two");
    expect(await agent("update", "--now")).toMatchObject({ code: 0 });
    expect(await current()).toBe("two");
    expect(await agent("verify")).toMatchObject({ code: 0 });
    expect(await agent("status")).toMatchObject({ document: { service: { running: true } } });
  });

  test("stops only when the update that runs has ended, and starts again", slow, async () => {
    await publish(three);
    server.misbehave(/^targets\//, { kind: "slow", bytes: 2_000, pauseMs: 1_000 });
    const before = server.requests.length;
    const updating = agent("update", "--now");
    const downloads = () =>
      server.requests.slice(before).some((path) => path.startsWith("targets/"));
    await expect.poll(downloads, patience).toBe(true);
    expect(await agent("service", "stop")).toMatchObject({ code: 0 });
    expect(await updating).toMatchObject({ code: 0 });
    expect(await current()).toBe(three);
    expect((await messages()).at(-1)).toBe("service stopped");
    for (let cycle = 0; cycle < 2; cycle += 1) {
      expect(await agent("service", "start")).toMatchObject({ code: 0 });
      expect(await agent("service", "stop")).toMatchObject({ code: 0 });
    }
    expect(await serviceState()).toBe("stopped");
  });

  test("is removed without a trace but the state", slow, async () => {
    // Wine's installer does not wait for a service that takes its time to stop; Windows' does.
    await agent("service", "stop");
    expect((await windows.run("msiexec", "/qn", "/x", msi)).code).toBe(0);
    expect(await windows.read(agentExe)).toBeUndefined();
    expect((await windows.run("sc", "query", "VouchsafeAgent")).code).not.toBe(0);
    expect(await current()).toBe(three);
  });
});
