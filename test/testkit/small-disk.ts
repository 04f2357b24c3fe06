/** A real small disk for tests: a tmpfs of so many bytes, mounted over a folder. Linux, root. */
import { spawnSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A mounted disk. */
export interface SmallDisk {
  freeBytes(): number;
  /** Takes space until no more than so many bytes are free. */
  fill(leaving: number): void;
  /** Gives back what `fill` took. */
  free(): void;
  unmount(): void;
}

/** @returns the disk, or why there is none */
export function mountSmallDisk(folder: string, bytes: number): SmallDisk | string {
  const options = `size=${bytes},mode=0755`;
  const mount = spawnSync("mount", ["-t", "tmpfs", "-o", options, "vouchsafe-test", folder], {
    encoding: "utf8",
  });
  if (mount.error !== undefined) return mount.error.message;
  if (mount.status !== 0) return mount.stderr.trim();
  const filler = join(folder, "filler");
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return {
    freeBytes,
    fill: (leaving) => writeFileSync(filler, Buffer.alloc(Math.max(0, freeBytes() - leaving))),
    free: () => rmSync(filler, { force: true }),
    unmount: () => {
      const { status, stderr } = spawnSync("umount", [folder], { encoding: "utf8" });
      if (status !== 0) throw new Error(`cannot unmount ${folder}: ${stderr}`);
    },
  };
}
