/**
 * `current` on Unix: a symbolic link made aside and renamed over the old one, so that a reader
 * sees the old generation or the new one and never nothing (rename(2)).
 */
import { join } from "node:path";
import { lstatIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import type { Pointer } from "../pointer.ts";

const pointerName = "current";
const asideName = ".current-next";

/** The pointer of a Unix system. Rejects with the operating system's own errors. */
export function symlinkPointer(fs: FileSystem): Pointer {
  async function sweep(databaseDir: string): Promise<void> {
    const aside = join(databaseDir, asideName);
    if ((await lstatIfExists(fs, aside)) !== undefined) await fs.unlink(aside);
  }

  return {
    sweep,
    read: async (databaseDir) => {
      const path = join(databaseDir, pointerName);
      const stat = await lstatIfExists(fs, path);
      if (stat === undefined) return { kind: "none" };
      if (stat.kind !== "symlink") return { kind: "foreign" };
      return { kind: "link", target: await fs.readlink(path) };
    },
    move: async (databaseDir, target) => {
      await sweep(databaseDir);
      const aside = join(databaseDir, asideName);
      await fs.symlink(target, aside);
      await fs.rename(aside, join(databaseDir, pointerName));
      await fs.syncDir(databaseDir);
    },
    remove: async (databaseDir) => {
      const path = join(databaseDir, pointerName);
      if ((await lstatIfExists(fs, path))?.kind !== "symlink") return;
      await fs.unlink(path);
      await fs.syncDir(databaseDir);
    },
  };
}
