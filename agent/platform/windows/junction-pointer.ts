/**
 * `current` on Windows: a junction that is retargeted in place, so that a reader sees the old
 * generation or the new one and never nothing. Where the volume has no junctions it is a mirror of
 * hard links, changed by rename-aside (mirror.ts).
 *
 * `current.json` is the truth here: it is written after `current` was moved, and durably. Where the
 * two differ, the move was interrupted, and `sweep` moves `current` back to what was written.
 */
import { join, relative, sep } from "node:path";
import { lstatIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { errnoOf } from "../../../protocol/errors.ts";
import type { Pointer, PointerState } from "../pointer.ts";
import type { Junctions } from "./junctions.ts";
import { moveMirror, readMark, removeMark, removeMirror, sweepAside } from "./mirror.ts";
import { patiently, type Sleeper } from "./patience.ts";

/** What the pointer works with. */
export interface WindowsPointerPorts {
  /** One that waits for whoever holds a file (patience.ts). */
  readonly fs: FileSystem;
  readonly clock: Sleeper;
  readonly junctions: Junctions;
  /** What `current.json` in a database's folder says, as a target; undefined if nothing. */
  readonly recorded: (databaseDir: string) => Promise<string | undefined>;
}

/** What `current` itself shows, whatever was written. */
type Shown =
  | { readonly kind: "none" | "foreign" }
  | { readonly kind: "junction"; readonly target: string }
  | { readonly kind: "mirror"; readonly target: string; readonly moving: boolean };

const pointerName = "current";

function foreign(dir: string): Error {
  const message = `EEXIST: ${join(dir, pointerName)} is neither a junction nor a mirror of ours`;
  return Object.assign(new Error(message), { code: "EEXIST" });
}

/** The pointer of a Windows system. Rejects with the operating system's own errors and `disk.*`. */
export function junctionPointer(ports: WindowsPointerPorts): Pointer {
  const { fs, clock, junctions, recorded } = ports;

  async function shown(dir: string): Promise<Shown> {
    const path = join(dir, pointerName);
    const stat = await lstatIfExists(fs, path);
    if (stat?.kind === "symlink") {
      const target = relative(dir, await fs.readlink(path))
        .split(sep)
        .join("/");
      return { kind: "junction", target };
    }
    if (stat !== undefined && stat.kind !== "directory") return { kind: "foreign" };
    const mark = await readMark(fs, dir);
    // Between the two renames of a rename-aside there is a mark that says so, and no folder.
    if (stat === undefined) return mark?.moving ? { kind: "mirror", ...mark } : { kind: "none" };
    return mark === undefined ? { kind: "foreign" } : { kind: "mirror", ...mark };
  }

  async function setJunction(dir: string, path: string, target: string): Promise<void> {
    const absolute = join(dir, ...target.split("/"));
    await patiently(clock, () => junctions.set(path, absolute));
  }

  async function makeJunction(dir: string, target: string): Promise<void> {
    const aside = join(dir, ".current-next");
    await fs.mkdir(aside, 0o755);
    await setJunction(dir, aside, target);
    await fs.rename(aside, join(dir, pointerName));
  }

  async function move(dir: string, target: string): Promise<void> {
    const { kind } = await shown(dir);
    if (kind === "foreign") throw foreign(dir);
    await sweepAside(fs, dir);
    try {
      if (kind === "junction") await setJunction(dir, join(dir, pointerName), target);
      else if (kind === "none") await makeJunction(dir, target);
      else await moveMirror(fs, dir, target);
    } catch (error) {
      if (errnoOf(error) !== "ENOTSUP") throw error;
      await moveMirror(fs, dir, target);
    }
    await fs.syncDir(dir);
  }

  async function mend(dir: string): Promise<void> {
    const now = await shown(dir);
    if (now.kind === "foreign") return;
    const isMoving = now.kind === "mirror" && now.moving;
    const wanted = (await recorded(dir)) ?? (isMoving ? now.target : undefined);
    if (wanted === undefined) {
      if (now.kind === "none") await removeMark(fs, dir);
      return;
    }
    const isRight = "target" in now && now.target === wanted && !isMoving;
    if (isRight) return;
    const generation = await lstatIfExists(fs, join(dir, ...wanted.split("/")));
    if (generation?.kind === "directory") await move(dir, wanted);
  }

  return {
    move,
    read: async (dir): Promise<PointerState> => {
      const now = await shown(dir);
      if (now.kind === "foreign") return { kind: "foreign" };
      const target = (await recorded(dir)) ?? ("target" in now ? now.target : undefined);
      return target === undefined ? { kind: "none" } : { kind: "link", target };
    },
    remove: async (dir) => {
      const { kind } = await shown(dir);
      if (kind === "junction") await fs.unlink(join(dir, pointerName));
      else if (kind === "mirror") return removeMirror(fs, dir);
      await fs.syncDir(dir);
    },
    sweep: async (dir) => {
      await sweepAside(fs, dir);
      await mend(dir);
    },
  };
}
