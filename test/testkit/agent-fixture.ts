/**
 * A whole agent in a temporary folder: configuration, bootstrap root, state, a served repository,
 * and the agent as a process, as an operator would start it. It runs as a bundle made from the
 * source of this moment: a process of it starts three times as fast as the source.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { bundleOptions } from "../../build/bundle.ts";
import { removeTree } from "../../host/durable.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { type MemoryPublisher, memoryPublisher } from "./memory-publisher.ts";
import { type MisbehavingServer, misbehavingServer } from "./misbehaving-server.ts";

const root = join(import.meta.dirname, "../..");
let bundle: Promise<readonly string[]> | undefined;

/** The agent as it is packaged; `npm test` builds it first. */
export const executable: readonly string[] = [join(root, "dist/vouchsafe-agent")];

/** Bundles the agent once for each process of tests; the bundle goes with that process. */
function agentBundle(): Promise<readonly string[]> {
  bundle ??= makeBundle();
  return bundle;
}

async function makeBundle(): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "vouchsafe-bundle-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, "vouchsafe-agent.cjs");
  const identity = { version: "0.1.0", commit: "test" };
  await build({ ...bundleOptions(root, "agent", identity), outfile });
  return [process.execPath, outfile];
}

/** How a process of the agent ended. */
export interface AgentRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the agent that still runs. */
export interface RunningAgent {
  readonly child: ChildProcess;
  readonly ended: Promise<AgentRun>;
  /** What it has written to standard error so far. */
  stderr(): string;
}

/** The agent and what it works with. `daily` is its database. */
export interface AgentFixture {
  readonly dir: string;
  readonly state: string;
  readonly socket: string;
  readonly config: string;
  readonly publisher: MemoryPublisher;
  readonly server: MisbehavingServer;
  /** Writes agent.yaml; `more` is appended. */
  configure(more?: string, databases?: string): void;
  start(...args: readonly string[]): RunningAgent;
  agent(...args: readonly string[]): Promise<AgentRun>;
  remove(): Promise<void>;
}

function startAgent(words: readonly string[], env: NodeJS.ProcessEnv): RunningAgent {
  const [program = "", ...args] = words;
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<AgentRun>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, stderr: () => stderr };
}

/**
 * Makes the fixture; `daily` has one release with one file.
 *
 * @param given the program to run and the arguments that come first, in place of the bundle
 */
export async function agentFixture(given?: readonly string[]): Promise<AgentFixture> {
  const command = given ?? (await agentBundle());
  const dir = mkdtempSync(join(tmpdir(), "vouchsafe-agent-"));
  const state = join(dir, "state");
  const socket = join(dir, "run", "agent.sock");
  const config = join(dir, "agent.yaml");
  const publisher = await memoryPublisher();
  publisher.addDatabase("daily");
  publisher.release("daily", { "a.txt": "one\n" }, { label: "first" });
  await publisher.publish();
  const server = await misbehavingServer(publisher.files);
  mkdirSync(join(dir, "run"), { mode: 0o750 });
  writeFileSync(join(dir, "root.json"), publisher.root);

  function configure(more = "", databases = "  daily: {}"): void {
    const text = [
      "repository:",
      `  url: ${server.url}`,
      `  root: ${join(dir, "root.json")}`,
      "databases:",
      databases,
      `state: ${state}`,
      `socket: ${socket}`,
      more,
    ].join("\n");
    writeFileSync(config, `${text}\n`);
  }
  configure();

  const running = new Set<RunningAgent>();
  function start(...args: readonly string[]): RunningAgent {
    const agent = startAgent([...command, ...args, "--config", config], process.env);
    running.add(agent);
    return agent;
  }
  return {
    dir,
    state,
    socket,
    config,
    publisher,
    server,
    configure,
    start,
    agent: (...args) => start(...args).ended,
    remove: async () => {
      for (const { child, ended } of running) {
        if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
        await ended;
      }
      await server.close();
      await removeTree(nodeFileSystem, dir);
    },
  };
}
