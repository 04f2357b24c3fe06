/** `service start`: waits until the service runs. */
import type { CliContext } from "../../host/cli/types.ts";
import { startService } from "../platform/windows/service/control.ts";
import { serviceControl, tellState } from "./service-control.ts";

export async function run(context: CliContext): Promise<number> {
  const control = serviceControl();
  await startService(control, context.clock);
  return tellState(context, control);
}
