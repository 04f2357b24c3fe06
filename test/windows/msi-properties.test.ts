/** The MSI with properties: from one silent command to a machine that updates and reports. */
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestConsole, type TestConsole } from "../testkit/console-fixture.ts";
import { type MemoryPublisher, memoryPublisher } from "../testkit/memory-publisher.ts";
import { type MisbehavingServer, misbehavingServer } from "../testkit/misbehaving-server.ts";
import {
  agentExe,
  builtInstaller,
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

const rootFile = "C:\\vouchsafe-test\\the vendor's root.json";
const tokenFile = "C:\\vouchsafe-test\\token";
const logFile = "C:\\vouchsafe-test\\install.log";
const slow = { timeout: 600_000 } as const;
/** Where Windows' installer and its services keep what they know. */
const keys = [
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer",
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall",
  "HKLM\\SOFTWARE\\Classes\\Installer",
  "HKLM\\SYSTEM\\CurrentControlSet\\Services",
];

let windows: WindowsMachine;
let agent: WindowsAgent;
let publisher: MemoryPublisher;
let server: MisbehavingServer;
let fleet: TestConsole;
let token: string;

/** Installs; more properties are put over the usual ones, and an empty one is left out. */
function install(more: Readonly<Record<string, string>> = {}) {
  const properties = {
    REPOSITORYURL: server.url,
    DATABASES: "daily",
    ROOTFILE: rootFile,
    CONSOLEURL: fleet.origin(),
    TOKENFILE: tokenFile,
    ...more,
  };
  return msiexec(windows, ["/i", msiPath, "/l*v", logFile], properties);
}

const remove = (more: Readonly<Record<string, string>> = {}) =>
  msiexec(windows, ["/x", msiPath], more);

const known = async (): Promise<string> => (await fetch(`${fleet.origin()}/v1/agents`)).text();

describe.runIf(obstacle === undefined)("the MSI with properties", () => {
  beforeAll(async () => {
    publisher = await memoryPublisher();
    publisher.addDatabase("daily");
    publisher.release("daily", { "rules.txt": "one" });
    await publisher.publish();
    server = await misbehavingServer(publisher.files);
    fleet = await startTestConsole();
    token = await fleet.token();
    windows = await startFreshWindows();
    agent = windowsAgent(windows);
    await windows.put(msiPath, builtInstaller());
    await windows.put(rootFile, publisher.root);
    await windows.put(tokenFile, `${token}\r\n`);
  }, wineTimeoutMs + 120_000);

  afterAll(async () => {
    await windows?.stop();
    await fleet?.[Symbol.asyncDispose]();
    await server?.close();
  });

  test.each([
    ["a value that would be two words", { REPOSITORYURL: 'http://127.0.0.1:1/" "--config=C:\\a' }],
    ["a repository without databases", { DATABASES: "" }],
    ["an address that is none", { REPOSITORYURL: "updates" }],
    ["a name that no database can have", { DATABASES: "daily,CON!" }],
    ["a bootstrap root that is none", { ROOTFILE: tokenFile }],
    ["a token that is none", { TOKENFILE: rootFile }],
    ["a folder for a file", { ROOTFILE: "C:\\vouchsafe-test\\" }],
  ])("refuses %s, and nothing is left", slow, async (_what, properties) => {
    expect((await install(properties)).code).not.toBe(0);
    expect((await windows.run("sc", "query", "VouchsafeAgent")).code).not.toBe(0);
    expect(await windows.list("C:\\Program Files\\Vouchsafe")).toEqual([]);
    expect(await windows.list(programData)).toEqual([]);
  });

  test(
    "sets all up: the service runs, updates, is enrolled, and the console knows",
    slow,
    async () => {
      expect((await install()).code).toBe(0);
      await windows.remove(tokenFile); // it was copied
      await expect.poll(() => agent.serviceState(), patience).toBe("running");
      expect(await agent.run("update", "--now")).toMatchObject({ code: 0 });
      expect(await agent.current("daily", "rules.txt")).toBe("one");
      await expect.poll(known, patience).toContain('"lastResult":"updated"');
      const names = () => windows.list(programData);
      await expect.poll(names, patience).not.toContain("enrolment-token");
    },
  );

  test(
    "why values are refused is an event of the source that the MSI has registered",
    slow,
    async () => {
      const config = `${programData}\\agent.yaml`;
      const noRoot = "C:\\vouchsafe-test\\no-root.json";
      await windows.put(noRoot, "{}");
      const text = (await windows.read(config)) ?? "";
      await windows.remove(config); // where there is one, nothing is looked at
      const values = [`--repository=${server.url}`, "--databases=daily", `--root-file=${noRoot}`];
      const { run, events } = await windows.runWithEvents(
        "Vouchsafe",
        agentExe,
        "service",
        "configure",
        ...values,
      );
      await windows.put(config, text);
      expect(run.code).toBe(3);
      expect(events).toEqual([
        { id: 105, text: expect.stringMatching(/trust\.root.*not a valid TUF root/) },
      ]);
      const source = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Vouchsafe";
      const registered = await windows.run("reg", "query", source);
      expect(registered.stdout).toMatch(/EventMessageFile.*\\system32\\EventCreate\.exe/i);
    },
  );

  test("the token is in no log of the installer and nowhere in the registry", slow, async () => {
    const texts = [await windows.read(logFile), await windows.read(`${programData}\\agent.log`)];
    for (const key of keys) {
      const { stdout } = await windows.run("reg", "query", key, "/s");
      texts.push(stdout);
    }
    const plain = texts.map((text) => text?.replaceAll("\0", "") ?? "");
    expect(plain[0]).toContain("TOKENFILE");
    expect(plain.join("")).toContain("VouchsafeAgent");
    expect(plain.join("")).not.toContain(token);
  });

  test("a configuration that is there is not touched by another installation", slow, async () => {
    const before = await windows.read(`${programData}\\agent.yaml`);
    expect((await remove()).code).toBe(0);
    expect(
      (await install({ REPOSITORYURL: "https://other.example.com/", TOKENFILE: "" })).code,
    ).toBe(0);
    expect(await windows.read(`${programData}\\agent.yaml`)).toBe(before);
    await expect.poll(() => agent.serviceState(), patience).toBe("running");
    expect(await agent.run("update", "--now")).toMatchObject({ code: 0 });
  });

  test("is removed with all that it kept when asked to", slow, async () => {
    expect((await remove({ PURGE: "1" })).code).toBe(0);
    expect(await windows.list("C:\\Program Files\\Vouchsafe")).toEqual([]);
    expect(await windows.list(programData)).toEqual([]);
    expect((await windows.run("sc", "query", "VouchsafeAgent")).code).not.toBe(0);
  });
});
