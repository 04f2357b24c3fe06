/** What the kernel knows of a process that runs: proc(5), Linux only. */
import { readdir, readFile } from "node:fs/promises";

/** Memory of a process, in bytes. */
export interface Memory {
  /** Anonymous pages, shared ones in part: nobody else could use them. */
  readonly privateBytes: number;
  /** All pages, shared ones in part. */
  readonly pssBytes: number;
  /** The most that was resident so far. */
  readonly peakRssBytes: number;
}

const kilobytes = (text: string, name: string): number => {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`The kernel tells no ${name}.`);
  return Number(found) * 1024;
};

/** The memory of a process now. */
export const memoryOf = async (pid: number): Promise<Memory> => {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return {
    privateBytes: kilobytes(rollup, "Pss_Anon"),
    pssBytes: kilobytes(rollup, "Pss"),
    peakRssBytes: kilobytes(status, "VmHWM"),
  };
};

/** Clock ticks of proc(5), in milliseconds: always 10 on Linux x64. */
const tickMs = 10;

/**
 * CPU time that a process has used, in milliseconds: its own threads to the nanosecond, the
 * children that it has waited for to a hundredth of a second each.
 */
export const cpuMsOf = async (pid: number): Promise<number> => {
  let ownNs = 0;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8");
    ownNs += Number(stat.split(" ")[0]);
  }
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold spaces; after it come the fields from the third on.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [userTicks, systemTicks] = [Number(fields[13]), Number(fields[14])];
  return ownNs / 1e6 + (userTicks + systemTicks) * tickMs;
};
