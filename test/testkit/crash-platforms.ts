/** The systems on which operations are interrupted: how the disk behaves, and how `current` is moved. */
import { symlinkPointer } from "../../agent/platform/linux/pointer.ts";
import type { Pointer } from "../../agent/platform/pointer.ts";
import { junctionPointer } from "../../agent/platform/windows/junction-pointer.ts";
import { patientFileSystem, type Sleeper } from "../../agent/platform/windows/patience.ts";
import { recordedTarget } from "../../agent/store/current-json.ts";
import type { FileSystem } from "../../host/file-system.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";
import { junctionsOf, windowsDisk } from "./windows-disk.ts";

export interface CrashPlatform {
  /** The file system of this platform on a disk, as one start of the machine sees it. */
  readonly mount: (disk: SimulatedDisk) => FileSystem;
  /** As the agent uses a mounted file system, with or without faults in it. */
  readonly agent: (fs: FileSystem) => { readonly fs: FileSystem; readonly pointer: Pointer };
  /** Whether a reader that finds no `current` goes by `current.json`. */
  readonly followsCurrentJson: boolean;
  /** What may lie beside `current` when nothing is under way. */
  readonly beside: readonly string[];
}

const noTime: Sleeper = { sleep: async () => undefined };

const windows = (hasJunctions: boolean): CrashPlatform => ({
  mount: (disk) => windowsDisk(disk, hasJunctions),
  agent: (faulty) => {
    const fs = patientFileSystem(faulty, noTime);
    const junctions = junctionsOf(faulty);
    const recorded = (dir: string) => recordedTarget(fs, dir);
    return { fs, pointer: junctionPointer({ fs, clock: noTime, junctions, recorded }) };
  },
  followsCurrentJson: !hasJunctions,
  beside: hasJunctions ? [] : ["current.mirror.json"],
});

export const crashPlatforms = {
  unix: {
    mount: (disk) => disk,
    agent: (fs) => ({ fs, pointer: symlinkPointer(fs) }),
    followsCurrentJson: false,
    beside: [],
  },
  "windows with junctions": windows(true),
  "windows without junctions": windows(false),
} as const satisfies Readonly<Record<string, CrashPlatform>>;
