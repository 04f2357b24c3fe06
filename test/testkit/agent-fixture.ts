/**
 * A whole agent in a temporary folder: configuration, bootstrap root, state, a served repository,
 * and the agent as a process, as an operator would start it. It runs as a bundle made from the
 * source of this moment: a process of it starts three times as fast as the source.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { bundleOptions } from "../../build/bundle.ts";
import { removeTree } from "../../host/durable.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { type AgentProgram, type AgentRun, programHere, type RunningAgent } from "./exe-program.ts";
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

/** The agent and what it works with. `daily` is its database. */
export interface AgentFixture {
  readonly program: AgentProgram;
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

/**
 * Makes the fixture; `daily` has one release with one file.
 *
 * @param given the program to run, or its words, in place of the bundle
 */
export async function agentFixture(
  given?: AgentProgram | readonly string[],
): Promise<AgentFixture> {
  const program =
    given !== undefined && "start" in given ? given : programHere(given ?? (await agentBundle()));
  const { pathOf, system } = program;
  const dir = program.makeFolder();
  const state = join(dir, "state");
  const socket = system.socketIn(dir);
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
      `  root: ${pathOf(join(dir, "root.json"))}`,
      "databases:",
      databases,
      `state: ${pathOf(state)}`,
      `socket: ${socket}`,
      more,
    ].join("\n");
    writeFileSync(config, `${text}\n`);
  }
  configure();

  const running = new Set<RunningAgent>();
  function start(...args: readonly string[]): RunningAgent {
    const agent = program.start([...args, "--config", pathOf(config)]);
    running.add(agent);
    return agent;
  }
  return {
    program,
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
