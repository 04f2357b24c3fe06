/**
 * The way to Windows' own functions: koffi, a native module that lies beside the program where only
 * administrators may write, and is never unpacked to a temporary folder. It is loaded by its path,
 * when it is first needed: one executable has no folder of modules.
 */
import { dirname, join } from "node:path";
import process from "node:process";
import { isSea } from "node:sea";
import { VouchsafeError } from "../../../../protocol/errors.ts";

/** A function of the system, as koffi makes it from its declaration. */
export interface NativeFunction {
  (...args: readonly unknown[]): unknown;
  /** Runs on a thread of its own; the last argument is called with an error or null, and the result. */
  async(...args: readonly unknown[]): void;
}

/** What is used of koffi. */
export interface Koffi {
  /** @returns what makes a function from its declaration in C, such as `int CloseHandle(void *h)` */
  load(library: string): { func(declaration: string): NativeFunction };
  /** The type of a function that the system calls, from its declaration in C. */
  proto(declaration: string): unknown;
  pointer(type: unknown): unknown;
  /** Makes a function one that the system can call on any thread; returns its address. */
  register(callback: (...args: readonly unknown[]) => unknown, type: unknown): bigint;
  /** The address of a buffer's bytes. */
  address(bytes: Uint8Array): bigint;
  /** The memory at an address, not copied. */
  view(address: bigint, length: number): ArrayBuffer;
}

const fileName = "koffi.node";

function isKoffi(value: unknown): value is Koffi {
  if (!(value instanceof Object)) return false;
  const names = ["load", "proto", "pointer", "register", "address", "view"];
  return names.every((name) => typeof Reflect.get(value, name) === "function");
}

/** Where the module lies: beside the executable, or beside the bundle that node runs. */
function modulePath(): string {
  const program = isSea() ? process.execPath : (process.argv[1] ?? process.execPath);
  return join(dirname(program), fileName);
}

/** Loads koffi. Throws `internal.unexpected` when the installation lacks it. */
export function loadKoffi(): Koffi {
  const path = modulePath();
  const module: { exports: unknown } = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    const message = `${path} cannot be loaded: the program is not installed whole.`;
    throw new VouchsafeError("internal.unexpected", message, { cause });
  }
  if (isKoffi(module.exports)) return module.exports;
  throw new VouchsafeError("internal.unexpected", `${path} is not the module it should be.`);
}

/** The number that a function of the system returned. */
export function asNumber(value: unknown): number {
  if (typeof value === "number") return value;
  throw new TypeError(`a function of the system returned ${typeof value}, not a number`);
}
