/** Running a command until it dies, at each call that changes anything in turn. */
import { cpSync, rmSync } from "node:fs";
import type { FileSystem } from "../../../host/file-system.ts";
import { crashingFileSystem } from "./crashing-file-system.ts";

/** A folder that a command works in, and what to do around each death. */
export interface Cutting {
  /** The working folder, as it is before the command. */
  readonly dir: string;
  /** Where to keep a copy of that. */
  readonly copy: string;
  readonly command: (fs: FileSystem) => Promise<unknown>;
  /** Looks at the folder after a death, ends what was begun, and looks again. */
  readonly afterDeath: () => Promise<void>;
}

/** Cuts a command at every call that changes anything; the number of cuts. */
export async function cutAtEveryCall(cutting: Cutting): Promise<number> {
  const { dir, copy, command, afterDeath } = cutting;
  cpSync(dir, copy, { recursive: true });
  for (let cuts = 0; ; cuts += 1) {
    rmSync(dir, { recursive: true });
    cpSync(copy, dir, { recursive: true });
    const fs = crashingFileSystem(cuts + 1);
    const outcome = await command(fs).then(
      () => "finished",
      (error: unknown) => error,
    );
    if (!fs.isDead()) {
      // What fails by itself would fail for ever.
      if (outcome !== "finished") throw outcome;
      rmSync(copy, { recursive: true });
      return cuts;
    }
    await afterDeath();
  }
}
