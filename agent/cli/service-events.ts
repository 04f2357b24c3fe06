/** The event log of Windows as the service's verbs use it. */
import { toVouchsafeError } from "../../protocol/errors.ts";
import { eventIds } from "../daemon/message-ids.ts";
import { nativeEventLog } from "../platform/windows/native/event-log.ts";
import { loadKoffi } from "../platform/windows/native/library.ts";
import { type EventLog, eventSource, tellEvent } from "../platform/windows/service/event-log.ts";

export function serviceEvents(): EventLog {
  return nativeEventLog(loadKoffi(), eventSource);
}

/** Does something that nobody watches: that it failed, and why, becomes an event. */
export async function tellingFailure<T>(
  events: EventLog,
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message: reason } = toVouchsafeError(error);
    tellEvent(events, eventIds, "error", message, { code, reason });
    throw error;
  }
}
