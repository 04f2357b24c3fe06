/**
 * A simulated disk that behaves as Windows does where that differs: no rename over a folder, none of
 * a folder with an open file in it; a file that is open is neither renamed over nor removed; a link
 * is a junction, set in place on an empty folder or on another junction.
 */
import type { Junctions } from "../../agent/platform/windows/junctions.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { errnoFailure as fail } from "./errno-failure.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

/** @param hasJunctions whether the volume has any */
export function windowsDisk(disk: SimulatedDisk, hasJunctions: boolean): FileSystem {
  const open: string[] = [];
  const isHeld = (path: string) => open.includes(path);
  const holdsOpen = (dir: string) => open.some((path) => path.startsWith(`${dir}/`));
  const kindOf = async (path: string) => {
    const stat = await disk.lstat(path).catch(() => undefined);
    return stat?.kind;
  };

  return {
    ...disk,
    open: async (path, flags, mode) => {
      const file = await disk.open(path, flags, mode);
      open.push(path);
      const close = async () => {
        open.splice(open.indexOf(path), 1);
        await file.close();
      };
      return { ...file, close };
    },
    rename: async (from, to) => {
      const target = await kindOf(to);
      if (target === "directory" || target === "symlink" || isHeld(to)) fail("EPERM", to);
      if ((await kindOf(from)) === "directory") {
        if (target !== undefined || holdsOpen(from)) fail("EPERM", from);
      }
      await disk.rename(from, to);
    },
    unlink: async (path) => {
      if (isHeld(path)) fail("EBUSY", path);
      await disk.unlink(path);
    },
    symlink: async (target, path) => {
      if (!hasJunctions) fail("ENOTSUP", path);
      disk.relink(target, path);
    },
  };
}

/** The junctions of such a disk, through a file system over it that may fail. */
export function junctionsOf(fs: FileSystem): Junctions {
  return { set: (path, target) => fs.symlink(target, path) };
}
