/** Junctions through DeviceIoControl: the one call of Windows that retargets one in place. */
import { toNamespacedPath } from "node:path";
import type { Junctions } from "../junctions.ts";
import { asNumber, type Koffi, type NativeFunction } from "./library.ts";
import { mountPointBuffer } from "./reparse.ts";
import { win32Error } from "./win32-error.ts";

const genericWrite = 0x40000000;
const shareAll = 0x7;
const openExisting = 3;
/** FILE_FLAG_BACKUP_SEMANTICS (a folder) and FILE_FLAG_OPEN_REPARSE_POINT (itself, not its target). */
const folderItself = 0x02200000;
const setReparsePoint = 0x000900a4;

interface Calls {
  readonly createFile: NativeFunction;
  readonly deviceIoControl: NativeFunction;
  readonly flushFileBuffers: NativeFunction;
  readonly closeHandle: NativeFunction;
  readonly getLastError: NativeFunction;
}

function callsOf(koffi: Koffi): Calls {
  const kernel = koffi.load("kernel32.dll");
  return {
    createFile: kernel.func(
      "intptr CreateFileW(str16 path, uint32 access, uint32 share, void *security, uint32 disposition, uint32 flags, void *template)",
    ),
    deviceIoControl: kernel.func(
      "int DeviceIoControl(intptr handle, uint32 code, void *in, uint32 inLength, void *out, uint32 outLength, _Out_ uint32 *returned, void *overlapped)",
    ),
    flushFileBuffers: kernel.func("int FlushFileBuffers(intptr handle)"),
    closeHandle: kernel.func("int CloseHandle(intptr handle)"),
    getLastError: kernel.func("uint32 GetLastError()"),
  };
}

function setReparse(calls: Calls, path: string, target: string): void {
  const { createFile, deviceIoControl, flushFileBuffers, closeHandle, getLastError } = calls;
  const name = toNamespacedPath(path);
  const handle = createFile(name, genericWrite, shareAll, null, openExisting, folderItself, null);
  if (asNumber(handle) === -1) throw win32Error("open", path, asNumber(getLastError()));
  try {
    const bytes = mountPointBuffer(target);
    const done = deviceIoControl(handle, setReparsePoint, bytes, bytes.length, null, 0, [0], null);
    if (done === 0) throw win32Error("set the junction", path, asNumber(getLastError()));
    // Not every volume flushes folders. Nothing depends on it: `current.json` is the truth.
    flushFileBuffers(handle);
  } finally {
    closeHandle(handle);
  }
}

/** The system's junctions. koffi is loaded at the first call. */
export function nativeJunctions(load: () => Koffi): Junctions {
  let calls: Calls | undefined;
  return {
    set: async (path, target) => {
      calls ??= callsOf(load());
      setReparse(calls, path, target);
    },
  };
}
