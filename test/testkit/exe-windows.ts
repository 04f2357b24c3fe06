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
import {
  type MountInto,
  startWine,
  type WineMachine,
  type WineProcess,
  whyNoWine,
} from "./wine-machine.ts";
import { wineTimeoutMs } from "./wine-rootfs.ts";

const built = join(import.meta.dirname, "../../dist/win-x64");
const executable = "vouchsafe-agent.exe";
const installed = [executable, "koffi.node"];
const pauseMs = 2;

/** The program, and what it runs on. */
interface WindowsProgram {
  readonly program: AgentProgram;
  readonly stop: () => Promise<void>;
}

/** A folder below the shared one of Wine, and what makes it there. */
export interface MountedFolder {
  readonly name: string;
  readonly mountInto: MountInto;
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

/** The program on a machine of Wine, with its fixtures in a folder of the shared one. */
function byWine(wine: WineMachine, folder: string): AgentProgram {
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
  return { system: windowsSystem, makeFolder: () => makeFolderIn(folder), pathOf, start };
}

async function startByWine(mounted?: MountedFolder): Promise<WindowsProgram> {
  const wine = await startWine(mounted?.mountInto);
  const program = byWine(wine, join(wine.share, mounted?.name ?? ""));
  // The first program that runs starts Windows itself, and Wine has a word to say about it.
  await program.start(["--version"]).ended;
  return { program, stop: () => wine.stop() };
}

async function thisWindows(): Promise<WindowsProgram> {
  return { program: programHere([join(built, executable)]), stop: async () => undefined };
}

type ProgramTests = (program: () => AgentProgram) => void;

function withProgram(
  obstacle: string | undefined,
  start: () => Promise<WindowsProgram>,
  tests: ProgramTests,
): void {
  if (obstacle !== undefined) process.stdout.write(`no Windows: ${obstacle}\n`);
  describe.runIf(obstacle === undefined)("the executable for Windows", () => {
    let windows: WindowsProgram | undefined;
    beforeAll(async () => {
      windows = await start();
    }, wineTimeoutMs);
    afterAll(() => windows?.stop());
    tests(() => {
      if (windows === undefined) throw new Error("Windows has not started");
      return windows.program;
    });
  });
}

/**
 * Tests that get one Windows for all of them: the machine itself, or one by Wine. Where there is none
 * they are skipped, and it is said why.
 */
export function onWindows(tests: ProgramTests): void {
  const start = process.platform === "win32" ? thisWindows : () => startByWine();
  withProgram(whyNoWindows(), start, tests);
}

/** The same by Wine alone, with the fixtures in a folder that was mounted for them. */
export function onWine(mounted: MountedFolder, tests: ProgramTests): void {
  withProgram(whyNoWine(), () => startByWine(mounted), tests);
}
