/**
 * A guest: a fresh Debian in a temporary folder, booted with its own systemd by systemd-nspawn, with
 * a loopback of its own and no other network. It ends with the process that made it.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { makeControlGroups, whenEmpty } from "./nspawn-cgroup.ts";
import { enterGuest, type GuestRun, startNspawn, whenBooted } from "./nspawn-process.ts";
import {
  type GuestRecord,
  guestPrefix,
  lives,
  markOf,
  type ProcessMark,
  removeGuest,
  removeLeftovers,
  writeRecord,
} from "./nspawn-record.ts";
import { debianRootfs } from "./nspawn-rootfs.ts";

/** A Debian that runs. Commands are lines for its shell, run as root. */
export interface Guest extends AsyncDisposable {
  /** Its root folder, as this machine sees it. */
  readonly root: string;
  /** A path in it as this machine sees it while it runs: also what is mounted there, and sockets. */
  live(path: string): string;
  run(command: string): Promise<GuestRun>;
  /** What the command prints, trimmed. Throws with all that it printed unless it ends with 0. */
  ok(command: string): Promise<string>;
  /** Writes a file, and the folders above it. */
  write(path: string, content: string | Uint8Array, mode?: number): void;
  /** Shuts it down as an operator would, and boots it again. */
  reboot(): Promise<void>;
  /** Ends all that runs in it at one moment, and boots it again. */
  powerCut(): Promise<void>;
}

const shutdownTimeoutMs = 120_000;

async function whenEnded(first: ProcessMark): Promise<void> {
  const deadline = performance.now() + shutdownTimeoutMs;
  while (lives(first)) {
    if (performance.now() > deadline) throw new Error("the guest does not end");
    await delay(50);
  }
}

/** Boots a new guest. The first one of a machine waits until its files have been made. */
export async function bootGuest(): Promise<Guest> {
  await removeLeftovers();
  const tar = await debianRootfs();
  const owner = markOf(process.pid);
  if (owner === undefined) throw new Error("/proc does not list this process");
  const dir = mkdtempSync(join(tmpdir(), guestPrefix));
  const machine = basename(dir);
  const [root, log] = [join(dir, "root"), join(dir, "console.log")];
  let record: GuestRecord = { owner, machine, cgroups: makeControlGroups(machine) };
  let running: { readonly first: ProcessMark; readonly leader: number } | undefined;

  async function boot(): Promise<void> {
    const first = startNspawn({ root, machine, log, cgroups: record.cgroups });
    record = { ...record, first };
    writeRecord(dir, record);
    const leader = await whenBooted(first);
    if (leader === undefined) {
      throw new Error(`the guest does not boot: ${readFileSync(log, "utf8").slice(-4000)}`);
    }
    running = { first, leader };
  }

  function current(): { readonly first: ProcessMark; readonly leader: number } {
    if (running === undefined) throw new Error("the guest does not run");
    return running;
  }

  const run = (command: string): Promise<GuestRun> => enterGuest(current().leader, command);
  const guest: Guest = {
    root,
    live: (path) => join(`/proc/${current().leader}/root`, path),
    run,
    ok: async (command) => {
      const { code, stdout, stderr } = await run(command);
      if (code !== 0) throw new Error(`${command}: ended with ${code}\n${stdout}\n${stderr}`);
      return stdout;
    },
    write: (path, content, mode = 0o644) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content, { mode });
    },
    reboot: async () => {
      await run("systemctl reboot");
      await whenEnded(current().first);
      await boot();
    },
    powerCut: async () => {
      process.kill(current().first.pid, "SIGKILL");
      await whenEnded(current().first);
      for (const cgroup of record.cgroups) await whenEmpty(cgroup);
      await boot();
    },
    [Symbol.asyncDispose]: () => removeGuest(dir, record),
  };
  try {
    writeRecord(dir, record);
    mkdirSync(root);
    await promisify(execFile)("tar", ["-C", root, "-xpf", tar]);
    guest.write("/etc/hostname", "debian\n");
    guest.write("/etc/hosts", "127.0.0.1 localhost debian\n");
    await boot();
    return guest;
  } catch (error) {
    await removeGuest(dir, record);
    throw error;
  }
}
