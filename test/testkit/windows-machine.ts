/**
 * A Windows for a test: the machine itself where it is one, else one by Wine. The same tests run on
 * both. Paths are those of Windows.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import process from "node:process";
import {
  eventsOfWine,
  eventsOfXml,
  queryOf,
  type RunWithEvents,
  wineEventChannels,
} from "./windows-events.ts";
import { startWine, type WineRun, whyNoWine } from "./wine-machine.ts";

export interface WindowsMachine {
  /** Runs a program to its end. */
  run(...argv: readonly string[]): Promise<WineRun>;
  /** The same; and the events of a source that it told. */
  runWithEvents(source: string, ...argv: readonly string[]): Promise<RunWithEvents>;
  /** Writes a file, and makes the folders above it. */
  put(path: string, bytes: Uint8Array | string): Promise<void>;
  /** The text of a file; undefined if there is none. */
  read(path: string): Promise<string | undefined>;
  /** Every file below a folder, as paths within it; none if there is no folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Removes a file, or a folder with all that lies in it. */
  remove(path: string): Promise<void>;
  stop(): Promise<void>;
}

/** Why there is no Windows here; undefined if there is. */
export function whyNoWindows(): string | undefined {
  return process.platform === "win32" ? undefined : whyNoWine();
}

/** A machine that is a Windows. Its agent must not be one that somebody needs. */
function thisMachine(): WindowsMachine {
  return {
    run: (program = "", ...args) => runHere(program, args),
    runWithEvents: async (source, ...argv) => {
      const told = async () => {
        const [query = "", ...args] = queryOf(source);
        return eventsOfXml((await runHere(query, args)).stdout);
      };
      const before = (await told()).length;
      const [program = "", ...args] = argv;
      const run = await runHere(program, args);
      return { run, events: (await told()).slice(before) };
    },
    put: async (path, bytes) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    },
    read: async (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined),
    list: async (folder) => (existsSync(folder) ? filesBelow(folder) : []),
    remove: async (path) => rmSync(path, { recursive: true, force: true }),
    stop: async () => undefined,
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll("\\", "/"));
}

function runHere(program: string, args: readonly string[]): Promise<WineRun> {
  return new Promise((resolve) => {
    const child = execFile(program, args, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

async function byWine(): Promise<WindowsMachine> {
  const wine = await startWine();
  const below = (path: string): string =>
    path.replace(/^C:/, "/windows/drive_c").replaceAll("\\", "/");
  let files = 0;
  return {
    run: (...argv) => wine.windows(...argv),
    runWithEvents: async (_source, ...argv) => {
      const channels = `WINEDEBUG=${wineEventChannels}`;
      const run = await wine.beneath("env", channels, "wine64", ...argv);
      return { run, events: eventsOfWine(run.stderr) };
    },
    put: async (path, bytes) => {
      files += 1;
      writeFileSync(join(wine.share, `${files}`), bytes);
      await wine.beneath("mkdir", "-p", posix.dirname(below(path)));
      await wine.beneath("cp", `/share/${files}`, below(path));
    },
    read: async (path) => {
      const { code, stdout } = await wine.beneath("cat", below(path));
      return code === 0 ? stdout : undefined;
    },
    list: async (folder) => {
      const { code, stdout } = await wine.beneath("find", below(folder), "-type", "f");
      if (code !== 0) return [];
      const paths = stdout.split("\n").filter((path) => path !== "");
      return paths.map((path) => posix.relative(below(folder), path));
    },
    remove: async (path) => {
      await wine.beneath("rm", "-rf", below(path));
    },
    stop: () => wine.stop(),
  };
}

/** Starts, or takes, a Windows. */
export function startWindows(): Promise<WindowsMachine> {
  return process.platform === "win32" ? Promise.resolve(thisMachine()) : byWine();
}
