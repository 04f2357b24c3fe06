/**
 * The agent's executable for Windows as the program under test: on the machine itself where it is a
 * Windows, else by Wine. By Wine its output goes to files, and a folder of this machine is its Z:\share.
 */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe } from "vitest";
import { linesOf } from "./exe-lines.ts";
import { type AgentProgram, makeFolderIn, programHere, type RunningAgent } from "./exe-program.ts";
import { windowsSystem } from "./exe-system.ts";
import { whyNoWindows } from "./windows-machine.ts";
import { startWine, type WineMachine, type WineProcess } from "./wine-machine.ts";
import { wineTimeoutMs } from "./wine-rootfs.ts";

const built = join(import.meta.dirname, "../../dist/win-x64");
const executable = "vouchsafe-agent.exe";
const installed = [executable, "koffi.node"];
const pauseMs = 2;

/** The program, and what it runs on. */
export interface WindowsProgram {
  readonly program: AgentProgram;
  stop(): Promise<void>;
}

/** What a program writes into its file of output, until it has ended. */
async function* outputOf({ stdout, ended }: WineProcess): AsyncGenerator<Buffer> {
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  const file = await open(stdout);
  try {
    for (;;) {
      const wasOver = over;
      const bytes = await file.readFile();
      if (bytes.length > 0) yield bytes;
      else if (wasOver) return;
      else await delay(pauseMs);
    }
  } finally {
    await file.close();
  }
}

function byWine(wine: WineMachine): AgentProgram {
  const pathOf = (path: string): string =>
    ["Z:\\share", ...relative(wine.share, path).split(sep)].join("\\");
  const program = join(wine.share, "program");
  mkdirSync(program);
  for (const name of installed) copyFileSync(join(built, name), join(program, name));

  function start(args: readonly string[]): RunningAgent {
    const running = wine.start(pathOf(join(program, executable)), ...args);
    const { child, ended, stderr } = running;
    return {
      child,
      ended,
      stderr: () => readFileSync(stderr, "utf8"),
      lines: () => linesOf(outputOf(running)),
      kill: () => void child.kill("SIGKILL"),
    };
  }
  return { system: windowsSystem, makeFolder: () => makeFolderIn(wine.share), pathOf, start };
}

/** Starts, or takes, a Windows with the program on it. */
export async function windowsProgram(): Promise<WindowsProgram> {
  if (process.platform === "win32") {
    return { program: programHere([join(built, executable)]), stop: async () => undefined };
  }
  const wine = await startWine();
  const program = byWine(wine);
  // The first program that runs starts Windows itself, and Wine has a word to say about it.
  await program.start(["--version"]).ended;
  return { program, stop: () => wine.stop() };
}

/**
 * Tests that get one Windows for all of them; where there is none they are skipped, and it is said
 * why.
 */
export function onWindows(tests: (program: () => AgentProgram) => void): void {
  const obstacle = whyNoWindows();
  if (obstacle !== undefined) process.stdout.write(`no Windows: ${obstacle}\n`);
  describe.runIf(obstacle === undefined)("the executable for Windows", () => {
    let windows: WindowsProgram | undefined;
    beforeAll(async () => {
      windows = await windowsProgram();
    }, wineTimeoutMs);
    afterAll(() => windows?.stop());
    tests(() => {
      if (windows === undefined) throw new Error("Windows has not started");
      return windows.program;
    });
  });
}
