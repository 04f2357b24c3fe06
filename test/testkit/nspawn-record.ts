/** What a guest leaves on this machine, written down before it boots, so that a later run can end it. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { removeControlGroup } from "./nspawn-cgroup.ts";

/** A process by its number and the moment it started, since numbers come again. */
const processSchema = z.object({ pid: z.int().positive(), started: z.string() });
export type ProcessMark = z.infer<typeof processSchema>;

const recordSchema = z.object({
  /** The run of tests that it belongs to. */
  owner: processSchema,
  /** The process that all others of the guest end with, once there is one. */
  first: z.optional(processSchema),
  machine: z.string(),
  cgroups: z.readonly(z.array(z.string())),
});
export type GuestRecord = Readonly<z.infer<typeof recordSchema>>;

/** Guests lie in folders of the temporary folder whose names begin so. */
export const guestPrefix = "vouchsafe-guest-";
const recordName = "guest.json";

/** The mark of a process; undefined when there is none. */
export function markOf(pid: number): ProcessMark | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, started = ""] = [fields[0], fields[19]];
    return state === "Z" ? undefined : { pid, started };
  } catch {
    return undefined;
  }
}

/** Whether it still is the same process. */
export function lives({ pid, started }: ProcessMark): boolean {
  return markOf(pid)?.started === started;
}

/** Ends a process, and waits until it has ended. */
export async function endProcess(mark: ProcessMark): Promise<void> {
  while (lives(mark)) {
    try {
      process.kill(mark.pid, "SIGKILL");
    } catch {
      return;
    }
    await delay(20);
  }
}

export function writeRecord(dir: string, record: GuestRecord): void {
  writeFileSync(join(dir, recordName), JSON.stringify(record), { mode: 0o600 });
}

/** Ends and removes a guest and all that it left. */
export async function removeGuest(dir: string, record: GuestRecord): Promise<void> {
  if (record.first !== undefined) await endProcess(record.first);
  for (const cgroup of record.cgroups) await removeControlGroup(cgroup);
  const propagated = join("/run/systemd/nspawn/propagate", record.machine);
  for (const path of [propagated, dir]) {
    rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

function readRecord(dir: string): GuestRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(join(dir, recordName), "utf8")));
  } catch {
    return undefined;
  }
}

/** Ends and removes the guests of runs that were killed. */
export async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(guestPrefix)) continue;
    const dir = join(tmpdir(), name);
    const record = readRecord(dir);
    if (record !== undefined && !lives(record.owner)) await removeGuest(dir, record);
  }
}
