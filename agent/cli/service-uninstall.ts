/** `service uninstall`: stops the service and takes it out; what it keeps on the disk stays. */
import type { CliContext } from "../../host/cli/types.ts";
import { uninstallService } from "../platform/windows/service/control.ts";
import { serviceControl, tellState } from "./service-control.ts";

export async function run(context: CliContext): Promise<number> {
  const control = serviceControl();
  if (!(await uninstallService(control, context.clock))) context.out.note("It was not installed.");
  return tellState(context, control);
}
