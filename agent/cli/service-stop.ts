/** `service stop`: waits until the service has stopped, with what it was doing brought to an end. */
import type { CliContext } from "../../host/cli/types.ts";
import { stopService } from "../platform/windows/service/control.ts";
import { serviceControl, tellState } from "./service-control.ts";

export async function run(context: CliContext): Promise<number> {
  const control = serviceControl();
  await stopService(control, context.clock);
  return tellState(context, control);
}
