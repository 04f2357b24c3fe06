/** Owners and permissions of folders through advapi32. */
import { toNamespacedPath } from "node:path";
import type { FolderSecurity } from "../folders.ts";
import { asNumber, type Koffi, type NativeFunction } from "./library.ts";
import { win32Error } from "./win32-error.ts";

const fileObject = 1;
const ownerInformation = 1;
const daclInformation = 4;
const tokenQuery = 8;
const tokenUser = 1;
const revision = 1;
const pointerBytes = 8;

interface Calls {
  readonly koffi: Koffi;
  readonly namedSecurity: NativeFunction;
  readonly sidToText: NativeFunction;
  readonly textToDescriptor: NativeFunction;
  readonly setFileSecurity: NativeFunction;
  readonly openToken: NativeFunction;
  readonly tokenInformation: NativeFunction;
  readonly currentProcess: NativeFunction;
  readonly textLength: NativeFunction;
  readonly closeHandle: NativeFunction;
  readonly free: NativeFunction;
  readonly lastError: NativeFunction;
}

function callsOf(koffi: Koffi): Calls {
  const [advapi, kernel] = [koffi.load("advapi32.dll"), koffi.load("kernel32.dll")];
  return {
    koffi,
    namedSecurity: advapi.func(
      "uint32 GetNamedSecurityInfoW(str16 name, int type, uint32 information, void *owner, void *group, void *dacl, void *sacl, void *descriptor)",
    ),
    sidToText: advapi.func("int ConvertSidToStringSidW(uintptr sid, void *text)"),
    textToDescriptor: advapi.func(
      "int ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 text, uint32 revision, void *descriptor, void *size)",
    ),
    setFileSecurity: advapi.func(
      "int SetFileSecurityW(str16 path, uint32 information, uintptr descriptor)",
    ),
    openToken: advapi.func("int OpenProcessToken(intptr process, uint32 access, void *token)"),
    tokenInformation: advapi.func(
      "int GetTokenInformation(uintptr token, int kind, void *information, uint32 length, void *needed)",
    ),
    currentProcess: kernel.func("intptr GetCurrentProcess()"),
    textLength: kernel.func("int lstrlenW(uintptr text)"),
    closeHandle: kernel.func("int CloseHandle(uintptr handle)"),
    free: kernel.func("uintptr LocalFree(uintptr memory)"),
    lastError: kernel.func("uint32 GetLastError()"),
  };
}

/** Room for a pointer that a function gives back. */
const pointer = (): Buffer => Buffer.alloc(pointerBytes);

function failure(calls: Calls, call: string, path: string): Error {
  return win32Error(call, path, asNumber(calls.lastError()));
}

/** A SID as text, such as `S-1-5-18`. */
function sidText(calls: Calls, sid: bigint, path: string): string {
  const out = pointer();
  if (calls.sidToText(sid, out) === 0) throw failure(calls, "read the owner of", path);
  const address = out.readBigUInt64LE();
  try {
    const length = asNumber(calls.textLength(address)) * 2;
    return Buffer.from(calls.koffi.view(address, length)).toString("utf16le");
  } finally {
    calls.free(address);
  }
}

function ownerOf(calls: Calls, path: string): string {
  const [owner, descriptor] = [pointer(), pointer()];
  const name = toNamespacedPath(path);
  const outs = [owner, null, null, null, descriptor];
  const code = asNumber(calls.namedSecurity(name, fileObject, ownerInformation, ...outs));
  if (code !== 0) throw win32Error("read the owner of", path, code);
  try {
    return sidText(calls, owner.readBigUInt64LE(), path);
  } finally {
    calls.free(descriptor.readBigUInt64LE());
  }
}

function userOf(calls: Calls): string {
  const [token, user, needed] = [pointer(), Buffer.alloc(256), Buffer.alloc(4)];
  const what = "this process";
  if (calls.openToken(calls.currentProcess(), tokenQuery, token) === 0) {
    throw failure(calls, "open the token of", what);
  }
  const handle = token.readBigUInt64LE();
  try {
    if (calls.tokenInformation(handle, tokenUser, user, user.length, needed) === 0) {
      throw failure(calls, "read the token of", what);
    }
    return sidText(calls, user.readBigUInt64LE(), what); // TOKEN_USER begins with a pointer to the SID
  } finally {
    calls.closeHandle(handle);
  }
}

function protectFolder(calls: Calls, path: string, sddl: string): void {
  const out = pointer();
  if (calls.textToDescriptor(sddl, revision, out, null) === 0) {
    throw failure(calls, "make the permissions of", path);
  }
  const descriptor = out.readBigUInt64LE();
  try {
    const what = sddl.startsWith("O:") ? ownerInformation | daclInformation : daclInformation;
    if (calls.setFileSecurity(toNamespacedPath(path), what, descriptor) === 0) {
      throw failure(calls, "set the permissions of", path);
    }
  } finally {
    calls.free(descriptor);
  }
}

/** The system's view of owners and permissions. */
export function nativeFolderSecurity(koffi: Koffi): FolderSecurity {
  const calls = callsOf(koffi);
  let own: string | undefined;
  return {
    owner: (path) => ownerOf(calls, path),
    ownSid: () => (own ??= userOf(calls)),
    protect: (path, sddl) => protectFolder(calls, path, sddl),
  };
}
