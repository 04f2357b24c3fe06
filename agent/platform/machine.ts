/** The file system and the pointer of the machine that the agent runs on. */
import { join } from "node:path";
import process from "node:process";
import { type FileSystem, nodeFileSystem } from "../../host/file-system.ts";
import { symlinkPointer } from "./linux/pointer.ts";
import type { Pointer } from "./pointer.ts";
import { removeSecured, secureConfig, secureFolder } from "./windows/folders.ts";
import { junctionPointer } from "./windows/junction-pointer.ts";
import { nativeFolderSecurity } from "./windows/native/folder-security.ts";
import { nativeJunctions } from "./windows/native/junctions.ts";
import { loadKoffi } from "./windows/native/library.ts";
import { patientFileSystem, type Sleeper } from "./windows/patience.ts";
import { checkPipe, protectPipe } from "./windows/pipe.ts";

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

/**
 * Sees to the owners and permissions of the state folder on Windows, where users have no numbers:
 * all of it is for administrators and the system alone, the databases are for everybody to read.
 *
 * @throws VouchsafeError `disk.unsafe-path` when somebody else owns what is there, `disk.*`
 */
export async function secureState(fs: FileSystem, state: string): Promise<void> {
  if (process.platform !== "win32") return;
  const security = nativeFolderSecurity(loadKoffi());
  await secureFolder(fs, security, state, "private");
  await secureFolder(fs, security, join(state, "databases"), "readable");
}

/** The same for the folder of the configuration. Throws `disk.unsafe-path`, `disk.*`. */
export async function secureConfigFolder(fs: FileSystem, folder: string): Promise<void> {
  if (process.platform !== "win32") return;
  await secureConfig(fs, nativeFolderSecurity(loadKoffi()), folder);
}

/**
 * Removes a folder of the agent's on Windows, links in it not followed; whether there was one.
 *
 * @throws VouchsafeError `disk.unsafe-path` when it is somebody else's, `disk.*`
 */
export async function removeFolder(fs: FileSystem, folder: string): Promise<boolean> {
  return removeSecured(fs, nativeFolderSecurity(loadKoffi()), folder);
}

/** Closes the control channel to all but administrators, where its folder does not. */
export function protectControl(path: string): void {
  if (process.platform === "win32") protectPipe(nativeFolderSecurity(loadKoffi()), path);
}

/**
 * Whether the control channel may be there; where anybody could have taken its name, whose it is.
 *
 * @throws VouchsafeError `disk.unsafe-path` when a stranger listens there
 */
export function checkControl(path: string): boolean {
  return process.platform !== "win32" || checkPipe(nativeFolderSecurity(loadKoffi()), path);
}
