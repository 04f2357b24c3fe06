/**
 * A Windows of its own for a test, by Wine: the made root file system with a layer over it that is
 * thrown away. Loopback is that of the machine. Programs get files as standard input and output:
 * Node.js does not work with pipes there.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { wineEnvironment, wineRootfs } from "./wine-rootfs.ts";

/** How a program ended. */
export interface WineRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface WineProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<WineRun>;
  /** The files with what it has printed so far; they stay until the machine stops. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface WineMachine {
  /** A folder that both see: `Z:\share` there. */
  readonly share: string;
  /** Runs a program of Windows to its end. */
  windows(...argv: readonly string[]): Promise<WineRun>;
  /** Starts one. */
  start(...argv: readonly string[]): WineProcess;
  /** Runs a program of the Linux beneath, with the Windows' drive C: at /windows/drive_c. */
  beneath(...argv: readonly string[]): Promise<WineRun>;
  stop(): Promise<void>;
}

const tools = ["/usr/bin/mmdebstrap", "/usr/bin/unshare", "/usr/bin/nsenter"];

/** Why no such machine can be had here; undefined if it can. */
export function whyNoWine(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "this is no Linux on x64";
  if (process.geteuid?.() !== 0) return "only root can make it";
  const missing = tools.find((tool) => !existsSync(tool));
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/** Mounts the layer, or copies where there are no layers, and leaves a server of Wine running. */
function startScript(rootfs: string, dir: string): string {
  const root = join(dir, "root");
  const layer = `lowerdir=${rootfs},upperdir=${join(dir, "upper")},workdir=${join(dir, "work")}`;
  return [
    `{ mount -t overlay overlay -o ${layer} ${root} 2>/dev/null || cp -a ${rootfs}/. ${root}; }`,
    `mkdir -p ${root}/share`,
    `mount -t proc proc ${root}/proc`,
    `mount --rbind /dev ${root}/dev`,
    `mount --rbind ${join(dir, "share")} ${root}/share`,
    `touch ${join(dir, "mounted")}`,
    `exec chroot ${root} wineserver --foreground --persistent`,
  ].join(" && ");
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

async function waitFor({ exitCode }: ChildProcess): Promise<void> {
  if (exitCode !== null) throw new Error(`Wine did not start (${exitCode})`);
  await delay(50);
}

/** Mounts into a folder that is about to be shared; what it returns takes that away again. */
export type MountInto = (share: string) => () => void;

/**
 * Starts a machine.
 *
 * @param mountInto is given the folder that both will see
 * @throws Error when the root file system cannot be made
 */
export async function startWine(mountInto?: MountInto): Promise<WineMachine> {
  const rootfs = await wineRootfs();
  const dir = mkdtempSync(join(tmpdir(), "vouchsafe-wine-"));
  for (const name of ["root", "upper", "work", "share", "out"]) mkdirSync(join(dir, name));
  const unmount = mountInto?.(join(dir, "share"));
  const options = { stdio: "ignore", env: { ...wineEnvironment } } as const;
  const script = startScript(rootfs, dir);
  const server = spawn(
    "/usr/bin/unshare",
    ["-m", "--propagation", "private", "sh", "-c", script],
    options,
  );
  while (!existsSync(join(dir, "mounted"))) {
    await waitFor(server);
  }

  let runs = 0;
  function begin(argv: readonly string[]): WineProcess {
    runs += 1;
    const [stdout, stderr] = [
      join(dir, "out", `${runs}.stdout`),
      join(dir, "out", `${runs}.stderr`),
    ];
    const files = [stdout, stderr].map((path) => openSync(path, "w"));
    const enter = ["-t", String(server.pid), "-m", "chroot", join(dir, "root")];
    try {
      const child = spawn("/usr/bin/nsenter", [...enter, ...argv], {
        stdio: ["ignore", ...files],
        env: { ...wineEnvironment },
      });
      const whole = async (): Promise<WineRun> => {
        const code = await ended(child);
        return { code, stdout: readFileSync(stdout, "utf8"), stderr: readFileSync(stderr, "utf8") };
      };
      return { child, ended: whole(), stdout, stderr };
    } finally {
      for (const file of files) closeSync(file);
    }
  }
  const inside = (argv: readonly string[]): Promise<WineRun> => begin(argv).ended;

  // A program that comes before the server starts one of its own, and this one then goes away.
  while ((await inside(["wineserver", "--kill=0"])).code !== 0) await waitFor(server);

  return {
    share: join(dir, "share"),
    windows: (...argv) => inside(["wine64", ...argv]),
    start: (...argv) => begin(["wine64", ...argv]),
    beneath: (...argv) => inside(argv),
    stop: async () => {
      await inside(["wineserver", "--kill"]);
      server.kill("SIGKILL");
      await ended(server);
      unmount?.();
      // Its mounts went with it; should one be left, nothing below it may be removed.
      const left = spawnSync("/usr/bin/findmnt", [
        "--noheadings",
        "--submounts",
        join(dir, "root"),
      ]);
      if (left.status !== 0) rmSync(dir, { recursive: true, force: true });
    },
  };
}
