/** The service control manager through advapi32. Every call opens what it needs and closes it. */
import { VouchsafeError } from "../../../../protocol/errors.ts";
import type { ServiceControl } from "../service/control.ts";
import {
  description,
  displayName,
  failureActions,
  serviceSettings,
  stateOf,
} from "../service/settings.ts";
import { asNumber, type Koffi, type NativeFunction } from "./library.ts";

const allAccess = 0xf003f;
const serviceAllAccess = 0xf01ff;
const connectAccess = 0x1;
const queryAccess = 0x4;
const ownProcess = 0x10;
const autoStart = 2;
const normalError = 1;
const stopControl = 1;
const statusBytes = 36;
const errors = {
  denied: 5,
  notInstalled: 1060,
  exists: 1073,
  alreadyRunning: 1056,
  unknownLevel: 124,
} as const;

interface Calls {
  readonly openManager: NativeFunction;
  readonly openService: NativeFunction;
  readonly createService: NativeFunction;
  readonly changeConfig: NativeFunction;
  readonly deleteService: NativeFunction;
  readonly startService: NativeFunction;
  readonly controlService: NativeFunction;
  readonly queryStatus: NativeFunction;
  readonly closeHandle: NativeFunction;
  readonly lastError: NativeFunction;
}

function callsOf(koffi: Koffi): Calls {
  const advapi = koffi.load("advapi32.dll");
  return {
    openManager: advapi.func("intptr OpenSCManagerW(void *machine, void *base, uint32 access)"),
    openService: advapi.func("intptr OpenServiceW(intptr manager, str16 name, uint32 access)"),
    createService: advapi.func(
      "intptr CreateServiceW(intptr manager, str16 name, str16 display, uint32 access, uint32 type, uint32 start, uint32 error, str16 command, void *group, void *tag, void *dependencies, void *account, void *password)",
    ),
    changeConfig: advapi.func(
      "int ChangeServiceConfig2W(intptr service, uint32 level, void *setting)",
    ),
    deleteService: advapi.func("int DeleteService(intptr service)"),
    startService: advapi.func("int StartServiceW(intptr service, uint32 count, void *arguments)"),
    controlService: advapi.func("int ControlService(intptr service, uint32 control, void *status)"),
    queryStatus: advapi.func(
      "int QueryServiceStatusEx(intptr service, int level, void *status, uint32 size, void *needed)",
    ),
    closeHandle: advapi.func("int CloseServiceHandle(intptr handle)"),
    lastError: koffi.load("kernel32.dll").func("uint32 GetLastError()"),
  };
}

function failure(what: string, code: number): VouchsafeError {
  const denied = code === errors.denied;
  const message = denied
    ? `Windows refuses to ${what} to this user: run it as an administrator.`
    : `Windows could not ${what} (error ${code}).`;
  return new VouchsafeError(denied ? "disk.permission" : "internal.unexpected", message);
}

/** The manager's view of the service of this name. */
export function nativeServiceControl(koffi: Koffi, name: string): ServiceControl {
  const calls = callsOf(koffi);
  const lastError = (): number => asNumber(calls.lastError());

  function withManager<T>(access: number, work: (manager: unknown) => T): T {
    const manager = calls.openManager(null, null, access);
    if (asNumber(manager) === 0) throw failure("open the service manager", lastError());
    try {
      return work(manager);
    } finally {
      calls.closeHandle(manager);
    }
  }

  /** @param work is given undefined when there is no such service */
  function withService<T>(access: number, work: (service: unknown) => T, missing: () => T): T {
    return withManager(connectAccess, (manager) => {
      const service = calls.openService(manager, name, access);
      if (asNumber(service) === 0) {
        const code = lastError();
        if (code === errors.notInstalled) return missing();
        throw failure("open the service", code);
      }
      try {
        return work(service);
      } finally {
        calls.closeHandle(service);
      }
    });
  }

  const notInstalled = (): never => {
    throw new VouchsafeError("usage.input", `The service ${name} is not installed.`);
  };

  const ask = (what: string, call: (service: unknown) => unknown, fine?: number): void =>
    withService(
      serviceAllAccess,
      (service) => {
        if (call(service) !== 0) return;
        const code = lastError();
        if (code !== fine) throw failure(what, code);
      },
      notInstalled,
    );

  return {
    state: () =>
      withService(
        queryAccess,
        (service) => {
          const [status, needed] = [Buffer.alloc(statusBytes), Buffer.alloc(4)];
          const done = calls.queryStatus(service, 0, status, status.length, needed);
          if (done === 0) throw failure("tell the service's state", lastError());
          return stateOf(status.readUInt32LE(4));
        },
        () => "not installed",
      ),
    install: (command) =>
      withManager(allAccess, (manager) => {
        const kind = [serviceAllAccess, ownProcess, autoStart, normalError];
        const rest = [null, null, null, null, null]; // no group, no dependencies, LocalSystem
        const service = calls.createService(manager, name, displayName, ...kind, command, ...rest);
        if (asNumber(service) !== 0) {
          calls.closeHandle(service);
          return true;
        }
        const code = lastError();
        if (code === errors.exists) return false;
        throw failure("install the service", code);
      }),
    configure: () => {
      const [actions, text] = [failureActions(), Buffer.from(`${description}\0`, "utf16le")];
      for (const { level, bytes } of serviceSettings(koffi.address(actions), koffi.address(text))) {
        // An older system does not know every level: it does without.
        ask(
          "configure the service",
          (service) => calls.changeConfig(service, level, bytes),
          errors.unknownLevel,
        );
      }
    },
    remove: () => ask("remove the service", (service) => calls.deleteService(service)),
    start: () =>
      ask(
        "start the service",
        (service) => calls.startService(service, 0, null),
        errors.alreadyRunning,
      ),
    requestStop: () =>
      ask("stop the service", (service) =>
        calls.controlService(service, stopControl, Buffer.alloc(statusBytes)),
      ),
  };
}
