/** The processes of a guest: how systemd-nspawn is started, and how a command gets inside. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { lives, markOf, type ProcessMark } from "./nspawn-record.ts";

/** How a command in a guest ended. */
export interface GuestRun {
  /** Its exit code; -1 when it was ended because it took too long. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const bootTimeoutMs = 120_000;
const commandTimeoutMs = 180_000;
const environment = ["-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"];

/** Why no guest can run here, or undefined. */
export function whyNoGuests(): string | undefined {
  if (process.platform !== "linux" || process.geteuid?.() !== 0)
    return "only root can boot a guest";
  for (const program of ["systemd-nspawn", "mmdebstrap", "nsenter", "setpriv", "unshare"]) {
    if (spawnSync(program, ["--version"]).error !== undefined) return `there is no ${program}`;
  }
  const { status, stderr } = spawnSync("unshare", ["-m", "-n", "-p", "-u", "-i", "-f", "true"]);
  return status === 0 ? undefined : `namespaces are not allowed: ${stderr.toString().trim()}`;
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

/** The first process of a guest: the one that is number 1 in a namespace below nspawn's own. */
function findLeader(unshare: number): number | undefined {
  try {
    const found = childrenOf(unshare).flatMap((nspawn) => childrenOf(nspawn));
    return found.find((pid) =>
      /^NSpid:\t\d+\t\d+\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8")),
    );
  } catch {
    return undefined;
  }
}

/**
 * Runs a line of shell in a guest, as root.
 *
 * @param leader the guest's first process
 */
export function enterGuest(leader: number, command: string): Promise<GuestRun> {
  const namespaces = ["-t", String(leader), "-m", "-u", "-i", "-n", "-p", "-C"];
  const words = ["/usr/bin/env", ...environment, "/bin/bash", "-c", command];
  const options = { timeout: commandTimeoutMs, maxBuffer: 32_000_000 };
  return new Promise((resolve) => {
    const child = execFile("nsenter", [...namespaces, "--", ...words], options, (_, out, err) => {
      resolve({ code: child.exitCode ?? -1, stdout: out.trim(), stderr: err.trim() });
    });
    child.stdin?.end();
  });
}

/** Where a guest lies and what it is called. */
export interface GuestPlace {
  readonly root: string;
  readonly machine: string;
  readonly cgroups: readonly string[];
  /** File that its console is appended to. */
  readonly log: string;
}

/**
 * Starts systemd-nspawn in a process namespace that ends with this process: systemd-nspawn alone
 * would leave the guest behind.
 */
export function startNspawn({ root, machine, cgroups, log }: GuestPlace): ProcessMark {
  const script = [
    `for group in ${cgroups.join(" ")}; do echo $$ > "$group/cgroup.procs"; done`,
    'exec setpriv --pdeathsig KILL unshare --pid --mount-proc --fork --kill-child=KILL "$@"',
  ].join("\n");
  const flags = ["--boot", "--register=no", "--keep-unit", "--private-network", "--console=pipe"];
  const nspawn = ["systemd-nspawn", "-D", root, `--machine=${machine}`];
  const words = ["-c", script, "sh", ...nspawn, ...flags];
  const output = openSync(log, "a", 0o600);
  const child = spawn("/bin/sh", words, { stdio: ["ignore", output, output], detached: true });
  closeSync(output);
  const mark = markOf(child.pid ?? 0);
  if (mark === undefined) throw new Error("systemd-nspawn cannot be started");
  return mark;
}

/**
 * Waits until a guest has started everything that it starts at boot.
 *
 * @returns its first process; undefined when it ends or takes too long
 */
export async function whenBooted(started: ProcessMark): Promise<number | undefined> {
  const deadline = performance.now() + bootTimeoutMs;
  while (lives(started) && performance.now() < deadline) {
    const leader = findLeader(started.pid);
    if (leader !== undefined) {
      const { stdout } = await enterGuest(leader, "systemctl is-system-running");
      if (stdout === "running" || stdout === "degraded") return leader;
    }
    await delay(100);
  }
  return undefined;
}
