/** The agent as the MSI installs it on a Windows, and the MSI itself. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type JsonValue, own, parseJson } from "../../protocol/json.ts";
import { startWindows, type WindowsMachine } from "./windows-machine.ts";
import type { WineRun } from "./wine-machine.ts";

const packages = join(import.meta.dirname, "../../dist/packages");

export const agentExe = "C:\\Program Files\\Vouchsafe\\vouchsafe-agent.exe";
export const programData = "C:\\ProgramData\\Vouchsafe";
export const msiPath = "C:\\vouchsafe-test\\agent.msi";

const batchPath = "C:\\vouchsafe-test\\msiexec.cmd";

/** For what a loaded machine may need for one program of Windows. */
export const patience = { timeout: 120_000, interval: 1_000 } as const;

/** The service's own first check is far off, so that it does nothing while a test does. */
export const farSchedule = "schedule: { every: 24h, jitter: 1h }\n";

/** A text of 26,000 characters that no encoding makes much shorter. */
export function longText(seed: string): string {
  const digest = (index: number) => createHash("sha256").update(`${seed} ${index}`).digest("hex");
  return Array.from({ length: 400 }, (_line, index) => digest(index)).join("\n");
}

/** A Windows on which the agent has left nothing: a real one is that of the test before. */
export async function startFreshWindows(): Promise<WindowsMachine> {
  const windows = await startWindows();
  for (const folder of [programData, "C:\\vouchsafe-test"]) await windows.remove(folder);
  return windows;
}

/** The MSI that the build has made. */
export function builtInstaller(): Buffer {
  const found = readdirSync(packages).find((name) => name.endsWith(".msi"));
  if (found === undefined) throw new Error("dist/packages has no MSI: is wixl installed?");
  return readFileSync(join(packages, found));
}

/** What a command ended with, and what it printed as its document. */
export interface AgentRun {
  readonly code: number | null;
  readonly document: JsonValue;
  readonly stderr: string;
}

/** The installed agent. */
export interface WindowsAgent {
  /** Runs a command with --json. */
  run(...args: readonly string[]): Promise<AgentRun>;
  /** What the service manager says. */
  serviceState(): Promise<unknown>;
  /** What a reader of `current` finds: through a junction, or, by Wine, in a folder of links. */
  current(database: string, file: string): Promise<string | undefined>;
  /** The messages of the service's log, in order. */
  messages(): Promise<readonly unknown[]>;
}

export function windowsAgent(windows: WindowsMachine): WindowsAgent {
  const run = async (...args: readonly string[]): Promise<AgentRun> => {
    const { code, stdout, stderr } = await windows.run(agentExe, ...args, "--json");
    const document = stdout === "" ? null : parseJson(Buffer.from(stdout), 1_000_000);
    return { code, document, stderr };
  };
  return {
    run,
    serviceState: async () => {
      const { document } = await run("service", "status");
      const service = isObject(document) ? own(document, "service") : undefined;
      return isObject(service) ? own(service, "state") : document;
    },
    current: (database, file) =>
      windows.read(`${programData}\\state\\databases\\${database}\\current\\${file}`),
    messages: async () => {
      const text = (await windows.read(`${programData}\\agent.log`)) ?? "";
      return text
        .trim()
        .split("\n")
        .map((line) => parseJson(Buffer.from(line), 100_000))
        .map((entry) => (isObject(entry) ? own(entry, "message") : undefined));
    },
  };
}

/** A value of a property as msiexec reads it from a command line in a batch file. */
const batchValue = (value: string): string =>
  `"${value.replaceAll('"', '""').replaceAll("%", "%%")}"`;

/**
 * Runs msiexec silently. By way of a batch file: it wants quotes around values alone, which a list of
 * arguments cannot say.
 *
 * @param properties an empty one is left out
 */
export async function msiexec(
  windows: WindowsMachine,
  words: readonly string[],
  properties: Readonly<Record<string, string>> = {},
): Promise<WineRun> {
  const given = Object.entries(properties).filter(([, value]) => value !== "");
  const values = given.map(([name, value]) => `${name}=${batchValue(value)}`);
  const lines = [
    "@echo off",
    ["msiexec /qn", ...words, ...values].join(" "),
    "exit /b %errorlevel%",
  ];
  await windows.put(batchPath, `${lines.join("\r\n")}\r\n`);
  return windows.run("cmd", "/c", batchPath);
}
