/**
 * Whether anybody holds the lock that every change of the state needs. The kernel's list of locks
 * tells, and who: trying the lock would keep others from it for a moment, and touch the state.
 */
import { lstatIfExists, readFileIfExists } from "../../../host/durable.ts";
import { statePlaces } from "../../store/layout.ts";
import { type Check, type Finding, ok, warning } from "../findings.ts";

const locksPath = "/proc/locks";
const maxLocksBytes = 4_194_304;
const lockForm = /^\d+: POSIX\s+ADVISORY\s+WRITE (-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /;

/** The process that holds a write lock on a file, by the text of /proc/locks: pure. */
export function holderOf(locks: string, ino: number): number | undefined {
  for (const line of locks.split("\n")) {
    const [, pid, inode] = lockForm.exec(line) ?? [];
    if (Number(inode) === ino) return Number(pid);
  }
  return undefined;
}

/** The kernel gives its list a page at a time, and an entry between two pages that change is missed. */
const looks = 3;

/**
 * The holder of a lock as the kernel tells it.
 *
 * @param readLocks reads the list; undefined on a machine that has none
 * @returns null on such a machine
 */
export async function findHolder(
  readLocks: () => Promise<Buffer | undefined>,
  ino: number,
): Promise<number | undefined | null> {
  for (let look = 0; look < looks; look += 1) {
    const locks = await readLocks();
    if (locks === undefined) return null;
    const holder = holderOf(locks.toString("latin1"), ino);
    if (holder !== undefined) return holder;
  }
  return undefined;
}

/** Pure. */
export function judgeHolder(holder: number | undefined, busy: boolean): Finding {
  if (holder === undefined) return ok("The lock is free.");
  if (busy) return ok(`The service works on the state now (process ${holder}).`);
  const message = `Process ${holder} works on the state now.`;
  return warning(message, `Wait for it; ps -p ${holder} shows what it is if it does not end.`);
}

export const lockCheck: Check = {
  id: "lock",
  title: "whether another process holds the lock of the state, and which",
  run: async ({ config: { state }, fs, service }) => {
    const stat = await lstatIfExists(fs, statePlaces(state).lock);
    const readLocks = () => readFileIfExists(fs, locksPath, maxLocksBytes);
    const holder = stat === undefined ? undefined : await findHolder(readLocks, stat.ino);
    if (holder === null) return [ok("This machine does not tell who holds a lock.")];
    const busy = await service().then(
      (facts) => facts?.busy === true,
      () => false,
    );
    return [judgeHolder(holder, busy)];
  },
};
