/**
 * The service control manager's side of a service, through advapi32. The dispatcher occupies a thread
 * of its own for the life of the service; its callbacks are carried to this thread.
 */
import { VouchsafeError } from "../../../../protocol/errors.ts";
import type { Dispatcher } from "../service/link.ts";
import { asNumber, type Koffi } from "./library.ts";

/** ERROR_CALL_NOT_IMPLEMENTED, for a control that is not known. */
const notImplemented = 120;
const pointerBytes = 8;

function wide(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf16le");
}

/** SERVICE_TABLE_ENTRYW[2]: name and function of the one service, and an empty entry as the end. */
function tableOf(name: bigint, main: bigint): Buffer {
  const table = Buffer.alloc(4 * pointerBytes);
  table.writeBigUInt64LE(name, 0);
  table.writeBigUInt64LE(main, pointerBytes);
  return table;
}

function notStarted(): VouchsafeError {
  const message =
    "service run is for the service control manager: use vouchsafe-agent service start.";
  return new VouchsafeError("usage.arguments", message);
}

/** The dispatcher of a service of this name. */
export function nativeDispatcher(koffi: Koffi, name: string): Dispatcher {
  const advapi = koffi.load("advapi32.dll");
  const start = advapi.func("int StartServiceCtrlDispatcherW(void *table)");
  const setServiceStatus = advapi.func("int SetServiceStatus(void *handle, void *status)");
  const mainType = koffi.proto("void VouchsafeServiceMain(uint32 count, void *arguments)");
  const handlerType = koffi.proto(
    "uint32 VouchsafeHandler(uint32 control, uint32 type, void *data, void *context)",
  );
  const register = advapi.func(
    "void *RegisterServiceCtrlHandlerExW(void *name, VouchsafeHandler *handler, void *context)",
  );
  const nameBytes = wide(name);
  let handle: unknown;

  return {
    connect: (onControl) =>
      new Promise((resolve, reject) => {
        const handler = koffi.register(
          (control: unknown) => (onControl(asNumber(control)) ? 0 : notImplemented),
          koffi.pointer(handlerType),
        );
        const main = koffi.register(() => {
          handle = register(nameBytes, handler, null);
          resolve();
        }, koffi.pointer(mainType));
        const table = tableOf(koffi.address(nameBytes), main);
        // It returns when the service has stopped, or at once when no manager started this process.
        start.async(table, (error: unknown, ok: unknown) => {
          table.fill(0);
          if (error !== null || ok === 0) reject(notStarted());
        });
      }),
    setStatus: (status) => {
      setServiceStatus(handle, status);
    },
  };
}
