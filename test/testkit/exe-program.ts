/**
 * The agent's program as the blackbox tests see it: how it is started and killed, where its files
 * lie, and how it names them. The same tests run with the program of Linux and with that of Windows.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { chunksOf, linesOf } from "./exe-lines.ts";
import { type ExeSystem, linuxSystem, windowsSystem } from "./exe-system.ts";

/** How a process of the agent ended. */
export interface AgentRun {
  /** Exit code, or null if it was killed. */
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
  /** Each line of its standard output, as soon as it is there, until its end. */
  lines(): AsyncIterable<string>;
  /** Ends it on the spot: `kill -9`, or TerminateProcess. */
  readonly kill: () => void;
}

/** The program under test. */
export interface AgentProgram {
  readonly system: ExeSystem;
  /** Makes an empty folder that this process and the program reach. */
  readonly makeFolder: () => string;
  /** What the program calls a path of this process. */
  readonly pathOf: (path: string) => string;
  readonly start: (args: readonly string[]) => RunningAgent;
}

const folderPrefix = "vouchsafe-agent-";

/** Makes an empty folder for a fixture below another. */
export const makeFolderIn = (parent: string): string => mkdtempSync(join(parent, folderPrefix));

function startHere(words: readonly string[]): RunningAgent {
  const [program = "", ...args] = words;
  const child = spawn(program, args, { env: process.env, stdio: ["ignore", "pipe", "pipe"] });
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
  return {
    child,
    ended,
    stderr: () => stderr,
    lines: () => linesOf(chunksOf(child.stdout)),
    kill: () => void child.kill("SIGKILL"),
  };
}

/** A program of the machine that the tests run on, by its words. */
export const programHere = (words: readonly string[]): AgentProgram => ({
  system: process.platform === "win32" ? windowsSystem : linuxSystem,
  makeFolder: () => makeFolderIn(tmpdir()),
  pathOf: (path) => path,
  start: (args) => startHere([...words, ...args]),
});
