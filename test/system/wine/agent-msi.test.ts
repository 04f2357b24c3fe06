/** The MSI on a Windows by Wine: installed, running, updating, started and stopped, removed. */
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isObject, own, parseJson } from "../../../protocol/json.ts";
import { type MemoryPublisher, memoryPublisher } from "../../testkit/memory-publisher.ts";
import { type MisbehavingServer, misbehavingServer } from "../../testkit/misbehaving-server.ts";
import { startWine, type WineMachine, whyNoWine } from "../../testkit/wine-machine.ts";
import { wineTimeoutMs } from "../../testkit/wine-rootfs.ts";

const obstacle = whyNoWine();
if (obstacle !== undefined) process.stdout.write(`no Windows by Wine: ${obstacle}\n`);

const packages = join(import.meta.dirname, "../../../dist/packages");
const agentExe = "C:\\Program Files\\Vouchsafe\\vouchsafe-agent.exe";
const programData = "/windows/drive_c/ProgramData/Vouchsafe";
const daily = `${programData}/state/databases/daily`;
const three = "three ".repeat(4_000);
/** For what a loaded machine may need for one program of Windows. */
const patience = { timeout: 120_000, interval: 1_000 } as const;

let wine: WineMachine;
let publisher: MemoryPublisher;
let server: MisbehavingServer;

async function publish(text: string): Promise<void> {
  publisher.release("daily", { "rules.txt": text });
  await publisher.publish();
}

/** Runs the installed agent; what it printed as its document. */
async function agent(...args: readonly string[]) {
  const { code, stdout, stderr } = await wine.windows(agentExe, ...args, "--json");
  const document = stdout === "" ? null : parseJson(Buffer.from(stdout), 1_000_000);
  return { code, document, stderr };
}

async function serviceState(): Promise<unknown> {
  const { document } = await agent("service", "status");
  const service = isObject(document) ? own(document, "service") : undefined;
  return isObject(service) ? own(service, "state") : document;
}

/** What a reader of `current` finds; where there are no junctions, it is a folder of links. */
async function current(): Promise<string> {
  return (await wine.beneath("cat", `${daily}/current/rules.txt`)).stdout;
}

function installer(): string {
  const found = readdirSync(packages).find((name) => name.endsWith(".msi"));
  if (found === undefined) throw new Error("dist/packages has no MSI: is wixl installed?");
  return join(packages, found);
}

describe.runIf(obstacle === undefined)("the MSI", () => {
  beforeAll(async () => {
    publisher = await memoryPublisher();
    publisher.addDatabase("daily");
    await publish("one");
    server = await misbehavingServer(publisher.files);
    wine = await startWine();
    copyFileSync(installer(), join(wine.share, "agent.msi"));
    writeFileSync(join(wine.share, "root.json"), publisher.root);
    const config = [
      "repository:",
      `  url: ${server.url}`,
      "databases:",
      "  daily: {}",
      "log: { level: info, target: { file: 'C:\\ProgramData\\Vouchsafe\\agent.log' } }",
    ];
    writeFileSync(join(wine.share, "agent.yaml"), `${config.join("\n")}\n`);
    await wine.beneath("mkdir", "-p", programData);
    await wine.beneath("cp", "/share/root.json", "/share/agent.yaml", programData);
  }, wineTimeoutMs + 120_000);

  afterAll(async () => {
    await wine?.stop();
    await server?.close();
  });

  test("installs silently, and the service runs", { timeout: 300_000 }, async () => {
    const { code } = await wine.windows("msiexec", "/qn", "/i", "Z:\\share\\agent.msi");
    expect(code).toBe(0);
    await expect.poll(serviceState, patience).toBe("running");
  });

  test("the service updates when it is asked to, twice", { timeout: 300_000 }, async () => {
    expect(await agent("update", "--now")).toMatchObject({ code: 0 });
    expect(await current()).toBe("one");
    await publish("two");
    expect(await agent("update", "--now")).toMatchObject({ code: 0 });
    expect(await current()).toBe("two");
    expect(await agent("verify")).toMatchObject({ code: 0 });
    expect(await agent("status")).toMatchObject({ document: { service: { running: true } } });
  });

  test("stops only when the update that runs has ended, and starts again", {
    timeout: 300_000,
  }, async () => {
    await publish(three);
    server.misbehave(/^targets\//, { kind: "slow", bytes: 2_000, pauseMs: 1_000 });
    const before = server.requests.length;
    const updating = agent("update", "--now");
    await expect
      .poll(
        () => server.requests.slice(before).some((path) => path.startsWith("targets/")),
        patience,
      )
      .toBe(true);
    expect(await agent("service", "stop")).toMatchObject({ code: 0 });
    expect(await updating).toMatchObject({ code: 0 });
    expect(await current()).toBe(three);
    for (let cycle = 0; cycle < 3; cycle += 1) {
      expect(await agent("service", "start")).toMatchObject({ code: 0 });
      expect(await agent("service", "stop")).toMatchObject({ code: 0 });
    }
    expect(await serviceState()).toBe("stopped");
  });

  test("is removed without a trace but the state", { timeout: 300_000 }, async () => {
    // Wine's installer does not wait for a service that takes its time to stop; Windows' does.
    await agent("service", "stop");
    const { code } = await wine.windows("msiexec", "/qn", "/x", "Z:\\share\\agent.msi");
    expect(code).toBe(0);
    const program = "/windows/drive_c/Program Files/Vouchsafe/vouchsafe-agent.exe";
    expect(await wine.beneath("test", "-e", program)).toMatchObject({ code: 1 });
    expect((await wine.windows("sc", "query", "VouchsafeAgent")).code).not.toBe(0);
    expect(await current()).toBe(three);
  });
});
