/** `service run`: the resident service, started by the service control manager of Windows. */
import { dirname } from "node:path";
import type { CliContext } from "../../host/cli/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import type { Log } from "../../host/log.ts";
import { exitCodeOf } from "../../protocol/errors.ts";
import { eventIds } from "../daemon/message-ids.ts";
import { secureConfigFolder } from "../platform/machine.ts";
import { loadKoffi } from "../platform/windows/native/library.ts";
import { nativeDispatcher } from "../platform/windows/native/service-dispatcher.ts";
import { withEvents } from "../platform/windows/service/event-log.ts";
import { linkService } from "../platform/windows/service/link.ts";
import { serviceName } from "../platform/windows/service/settings.ts";
import { configPath } from "./open-config.ts";
import { serve } from "./run.ts";
import { serviceControl } from "./service-control.ts";
import { serviceEvents, tellingFailure } from "./service-events.ts";

/** An installer can register the service, but not say all of it; that must not keep it from starting. */
function configureOnce(context: CliContext): void {
  try {
    serviceControl().configure();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.out.warn(`the service's settings could not be seen to: ${reason}`);
  }
}

export async function run(context: CliContext): Promise<number> {
  const link = await linkService(nativeDispatcher(loadKoffi(), serviceName), context.clock);
  configureOnce(context);
  const events = serviceEvents();
  const overhear = (log: Log): Log => withEvents(log, events, eventIds);
  let code = 1;
  try {
    code = await tellingFailure(events, "the service has failed", async () => {
      // A folder that somebody named is his own business.
      if (context.options.str("config") === undefined) {
        await secureConfigFolder(nodeFileSystem, dirname(configPath(context)));
      }
      const signal = AbortSignal.any([context.signal, link.signal]);
      return serve({ ...context, signal }, { manager: link.manager, overhear });
    });
  } catch (error) {
    code = exitCodeOf(error);
    throw error;
  } finally {
    link.stopped(code);
  }
  return code;
}
