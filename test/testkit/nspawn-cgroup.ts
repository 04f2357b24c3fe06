/**
 * Control groups of a guest's own: systemd takes over the group that it is started in, so that two
 * guests in one group would end each other's services.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

interface Hierarchy {
  readonly mountPoint: string;
  /** This process' group below the mount point. */
  readonly own: string;
}

/** systemd's hierarchies: version 2, and in version 1 the one named for it. */
function hierarchies(): readonly Hierarchy[] {
  const groups = readFileSync("/proc/self/cgroup", "utf8").split("\n");
  const pathOf = (controllers: string): string | undefined =>
    groups
      .map((line) => line.split(":"))
      .find(([, names]) => names === controllers)
      ?.slice(2)
      .join(":");
  const found: Hierarchy[] = [];
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", mountPoint = ""] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    const own = pathOf(type === "cgroup2" ? "" : "name=systemd");
    const theirs = type === "cgroup2" || (type === "cgroup" && options.includes("name=systemd"));
    if (!theirs || own === undefined) continue;
    // A container may see its own group only, as the root of what is mounted.
    found.push({ mountPoint, own: own.startsWith(root) ? own.slice(root.length) : "" });
  }
  return found;
}

/**
 * Makes a group in each hierarchy that systemd uses.
 *
 * @returns their folders; a process joins one when its id is written to `cgroup.procs` there
 */
export function makeControlGroups(name: string): readonly string[] {
  return hierarchies().map(({ mountPoint, own }) => {
    const folder = join(mountPoint, own, name);
    mkdirSync(folder);
    return folder;
  });
}

/** Processes in a group and in those below it. */
function processesIn(folder: string): readonly number[] {
  const below = readdirSync(folder, { withFileTypes: true, recursive: true });
  const groups = below.filter((entry) => entry.isDirectory());
  const paths = [folder, ...groups.map((entry) => join(entry.parentPath, entry.name))];
  return paths.flatMap((path) =>
    readFileSync(join(path, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number),
  );
}

/** Waits until nothing runs any more in a group and in those below it. */
export async function whenEmpty(folder: string): Promise<void> {
  while (existsSync(folder) && processesIn(folder).length > 0) await delay(20);
}

function removeEmpty(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  }
  rmdirSync(folder);
}

/** Ends all that runs in a group and in those below it, and removes them. */
export async function removeControlGroup(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 200 && existsSync(folder); attempt += 1) {
    try {
      for (const pid of processesIn(folder)) process.kill(pid, "SIGKILL");
      removeEmpty(folder);
    } catch {
      // A process ended meanwhile, or has not ended yet.
      await delay(50);
    }
  }
}
