/** The file system and the pointer of the machine that the agent runs on. */
import process from "node:process";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import { symlinkPointer } from "./linux/pointer.ts";
import type { Pointer } from "./pointer.ts";
import { junctionPointer } from "./windows/junction-pointer.ts";
import { nativeJunctions } from "./windows/native/junctions.ts";
import { loadKoffi } from "./windows/native/library.ts";
import { patientFileSystem, type Sleeper } from "./windows/patience.ts";

/** The file system as state is written through it: on Windows it waits for scanners. */
export function machineFileSystem(clock: Sleeper): FileSystem {
  return process.platform === "win32" ? patientFileSystem(nodeFileSystem, clock) : nodeFileSystem;
}

/**
 * The pointer of this machine.
 *
 * @param recorded what `current.json` in a database's folder says; asked for on Windows
 */
export function machinePointer(
  fs: FileSystem,
  clock: Sleeper,
  recorded: (databaseDir: string) => Promise<string | undefined>,
): Pointer {
  if (process.platform !== "win32") return symlinkPointer(fs);
  return junctionPointer({ fs, clock, junctions: nativeJunctions(loadKoffi), recorded });
}
