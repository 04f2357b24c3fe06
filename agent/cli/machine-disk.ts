/** The file system of this machine, and its pointer, which on Windows needs `current.json`. */
import type { Clock } from "../../host/clock.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { machineFileSystem, machinePointer } from "../platform/machine.ts";
import type { Pointer } from "../platform/pointer.ts";
import { recordedTarget } from "../store/current-json.ts";

/** The ports of what is installed here. */
export function machineDisk(clock: Clock): { readonly fs: FileSystem; readonly pointer: Pointer } {
  const fs = machineFileSystem(clock);
  return { fs, pointer: machinePointer(fs, clock, (dir) => recordedTarget(fs, dir)) };
}
