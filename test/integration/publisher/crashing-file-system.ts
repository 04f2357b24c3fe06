/**
 * A file system that dies with the process: at the n-th call that changes anything, and from then
 * on at every call, so that not even a clean-up happens.
 */
import { type FileSystem, nodeFileSystem, type OpenFile } from "../../../host/file-system.ts";

/** The real file system until call number `lastCall` (1 is the first), which does not happen. */
export function crashingFileSystem(lastCall: number): FileSystem & { isDead(): boolean } {
  let calls = 0;
  let dead = false;
  const alive = (): void => {
    if (dead) throw new Error("the process is dead");
  };
  const change = <T>(call: () => Promise<T>): Promise<T> => {
    alive();
    calls += 1;
    dead = calls >= lastCall;
    return dead ? Promise.reject(new Error("killed")) : call();
  };
  const look = <T>(call: () => Promise<T>): Promise<T> => {
    alive();
    return call();
  };
  const real = nodeFileSystem;
  const wrap = (file: OpenFile): OpenFile => ({
    read: (...args) => look(() => file.read(...args)),
    write: (...args) => change(() => file.write(...args)),
    sync: () => change(() => file.sync()),
    truncate: (length) => change(() => file.truncate(length)),
    stat: () => look(() => file.stat()),
    chmod: (mode) => change(() => file.chmod(mode)),
    close: () => file.close(), // the operating system does that for the dead
  });
  return {
    isDead: () => dead,
    open: async (path, flags, mode) =>
      wrap(await (flags === "r" ? look : change)(() => real.open(path, flags, mode))),
    readFile: (path) => look(() => real.readFile(path)),
    rename: (from, to) => change(() => real.rename(from, to)),
    symlink: (target, path) => change(() => real.symlink(target, path)),
    readlink: (path) => look(() => real.readlink(path)),
    link: (existing, path) => change(() => real.link(existing, path)),
    unlink: (path) => change(() => real.unlink(path)),
    mkdir: (path, mode) => change(() => real.mkdir(path, mode)),
    rmdir: (path) => change(() => real.rmdir(path)),
    readdir: (path) => look(() => real.readdir(path)),
    lstat: (path) => look(() => real.lstat(path)),
    stat: (path) => look(() => real.stat(path)),
    chmod: (path, mode) => change(() => real.chmod(path, mode)),
    syncDir: (path) => change(() => real.syncDir(path)),
    statfs: (path) => look(() => real.statfs(path)),
  };
}
