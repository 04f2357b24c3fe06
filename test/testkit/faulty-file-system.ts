/**
 * A file system over another one that fails, or "dies", at a chosen call. Calls that change the
 * disk are counted, on request those that read as well; a dead one rejects every call from then
 * on, as if the process were gone.
 */
import type { FileSystem, OpenFile } from "../../host/file-system.ts";

/** What happens at the chosen call. */
export type Cut =
  /** The call fails with this error, once. */
  | { readonly kind: "error"; readonly errno: string }
  /** That call and all after it fail with this error until the test is over. */
  | { readonly kind: "lasting-error"; readonly errno: string }
  /** The process dies before the call has any effect, or just after it had. */
  | { readonly kind: "death"; readonly when: "before" | "after" };

/** A file system with a fault in it. */
export interface FaultyFileSystem extends FileSystem {
  /** The counted calls so far, such as `rename state/…`. */
  readonly calls: string[];
}

/** What a dead process's calls reject with. */
export class Death extends Error {
  override readonly name = "Death";
}

function errnoError(errno: string, call: string): Error {
  return Object.assign(new Error(`${errno}: injected at ${call}`), { code: errno });
}

/**
 * @param real the file system below
 * @param at which counted call is hit, from 1 on; 0 hits none
 * @param counted which calls are counted
 */
export function faultyFileSystem(
  real: FileSystem,
  at: number,
  cut: Cut,
  counted: "changes" | "all" = "changes",
): FaultyFileSystem {
  const calls: string[] = [];
  let dead = false;

  async function change<T>(call: string, work: () => Promise<T>): Promise<T> {
    if (dead) throw new Death(call);
    calls.push(call);
    const hit = at > 0 && (cut.kind === "lasting-error" ? calls.length >= at : calls.length === at);
    if (!hit) return work();
    if (cut.kind !== "death") throw errnoError(cut.errno, call);
    dead = true;
    if (cut.when === "after") await work();
    throw new Death(call);
  }

  async function look<T>(call: string, work: () => Promise<T>): Promise<T> {
    if (counted === "all") return change(call, work);
    if (dead) throw new Death(call);
    return work();
  }

  function wrap(file: OpenFile, path: string): OpenFile {
    return {
      read: (buffer, offset, length, position) =>
        look(`read ${path}`, () => file.read(buffer, offset, length, position)),
      write: (buffer, offset, length, position) =>
        change(`write ${path}`, () => file.write(buffer, offset, length, position)),
      sync: () => change(`fsync ${path}`, () => file.sync()),
      truncate: (length) => change(`truncate ${path}`, () => file.truncate(length)),
      stat: () => look(`fstat ${path}`, () => file.stat()),
      chmod: (mode) => change(`fchmod ${path}`, () => file.chmod(mode)),
      // Whatever happens to the process, the test must not leak its descriptors.
      close: () => file.close(),
    };
  }

  return {
    calls,
    open: async (path, flags, mode) => {
      const call = `open ${path}`;
      if (flags === "r") return wrap(await look(call, () => real.open(path, flags, mode)), path);
      const opened: OpenFile[] = [];
      try {
        await change(call, async () => opened.push(await real.open(path, flags, mode)));
      } catch (error) {
        for (const file of opened) await file.close(); // a dead process holds no descriptors
        throw error;
      }
      const [file] = opened;
      if (file === undefined) throw new Error("nothing was opened");
      return wrap(file, path);
    },
    readFile: (path) => look(`read ${path}`, () => real.readFile(path)),
    rename: (from, to) => change(`rename ${to}`, () => real.rename(from, to)),
    symlink: (target, path) => change(`symlink ${path}`, () => real.symlink(target, path)),
    readlink: (path) => look(`readlink ${path}`, () => real.readlink(path)),
    link: (existing, path) => change(`link ${path}`, () => real.link(existing, path)),
    unlink: (path) => change(`unlink ${path}`, () => real.unlink(path)),
    mkdir: (path, mode) => change(`mkdir ${path}`, () => real.mkdir(path, mode)),
    rmdir: (path) => change(`rmdir ${path}`, () => real.rmdir(path)),
    readdir: (path) => look(`readdir ${path}`, () => real.readdir(path)),
    lstat: (path) => look(`lstat ${path}`, () => real.lstat(path)),
    stat: (path) => look(`stat ${path}`, () => real.stat(path)),
    chmod: (path, mode) => change(`chmod ${path}`, () => real.chmod(path, mode)),
    syncDir: (path) => change(`fsync ${path}`, () => real.syncDir(path)),
    statfs: (path) => look(`statfs ${path}`, () => real.statfs(path)),
  };
}
