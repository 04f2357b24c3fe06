/** Events through advapi32. */
import type { EventKind, EventLog } from "../service/event-log.ts";
import type { Koffi } from "./library.ts";

const types: Readonly<Record<EventKind, number>> = { error: 1, warning: 2, information: 4 };
const pointerBytes = 8;

/** Events of a source. It is opened for each: there are few. */
export function nativeEventLog(koffi: Koffi, source: string): EventLog {
  const advapi = koffi.load("advapi32.dll");
  const register = advapi.func("intptr RegisterEventSourceW(void *server, str16 source)");
  const deregister = advapi.func("int DeregisterEventSource(intptr log)");
  const report = advapi.func(
    "int ReportEventW(intptr log, uint16 type, uint16 category, uint32 id, void *user, uint16 count, uint32 size, void *strings, void *data)",
  );
  return {
    report: (kind, id, text) => {
      try {
        const log = register(null, source);
        if (log === 0) return false;
        const wide = Buffer.from(`${text}\0`, "utf16le");
        const strings = Buffer.alloc(pointerBytes);
        strings.writeBigUInt64LE(koffi.address(wide));
        const done = report(log, types[kind], 0, id, null, 1, 0, strings, null);
        wide.fill(0); // and so is not collected before the call has ended
        deregister(log);
        return done !== 0;
      } catch {
        return false; // an event that cannot be told stops nothing; the log file has it
      }
    },
  };
}
