/**
 * Refuses a state path that others may write: who can rename one of its components can swap a
 * verified generation for another (design.md, What the agent trusts, 8).
 *
 * Every component and every link on the way must belong to root or to the agent's user, and must
 * not be writable by group or others. One exception: above the state folder itself a folder with
 * the sticky bit (such as /tmp) may be writable by all, because there only the owner of an entry
 * may rename it, and the next component's owner is checked as well.
 */
import { dirname, join, parse, resolve } from "node:path";
import { diskError } from "../../host/disk-error.ts";
import type { FileStat, FileSystem } from "../../host/file-system.ts";
import { errnoOf, VouchsafeError } from "../../protocol/errors.ts";

const writableByOthers = 0o022;
const stickyBit = 0o1000;
const maxLinks = 40;

function refused(path: string, why: string): VouchsafeError {
  return new VouchsafeError("disk.unsafe-path", `The state path ${path} ${why}.`, {
    details: { path },
  });
}

function checkComponent(path: string, stat: FileStat, uid: number, isLast: boolean): void {
  if (stat.uid !== 0 && stat.uid !== uid) {
    throw refused(path, `belongs to user ${stat.uid}, who is neither root nor the agent`);
  }
  if (stat.kind === "symlink") return; // a link has no mode of its own
  if (stat.kind !== "directory") throw refused(path, "is not a folder");
  if ((stat.mode & writableByOthers) === 0) return;
  if (!isLast && (stat.mode & stickyBit) !== 0) return;
  throw refused(path, `may be written by others (mode ${stat.mode.toString(8)})`);
}

/**
 * Checks a state folder and everything above it, links on the way included. What does not exist
 * yet is fine: the agent makes it.
 *
 * @param uid the user that the agent runs as
 * @throws VouchsafeError `disk.unsafe-path`, `disk.*`
 */
export async function checkStatePath(fs: FileSystem, path: string, uid: number): Promise<void> {
  const full = resolve(path);
  let { root: done } = parse(full);
  const pending = full
    .slice(done.length)
    .split("/")
    .filter((part) => part !== "");
  let links = 0;
  await checkAt(fs, done, uid, pending.length === 0);
  for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
    if (part === "..") {
      done = dirname(done);
      continue;
    }
    const next = join(done, part);
    const stat = await checkAt(fs, next, uid, pending.length === 0);
    if (stat === undefined) return;
    if (stat.kind !== "symlink") {
      done = next;
      continue;
    }
    links += 1;
    if (links > maxLinks) throw refused(full, "leads through too many links");
    const target = await fs.readlink(next);
    if (target.startsWith("/")) ({ root: done } = parse(full));
    pending.unshift(...target.split("/").filter((piece) => piece !== "" && piece !== "."));
  }
}

async function checkAt(
  fs: FileSystem,
  path: string,
  uid: number,
  isLast: boolean,
): Promise<FileStat | undefined> {
  try {
    const stat = await fs.lstat(path);
    checkComponent(path, stat, uid, isLast);
    return stat;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw diskError("look at", path, error);
  }
}
