/** `service install`: registers this program as a service of Windows; again changes nothing but its settings. */
import type { CliContext } from "../../host/cli/types.ts";
import { commandOfService, serviceControl, tellState } from "./service-control.ts";

export async function run(context: CliContext): Promise<number> {
  const control = serviceControl();
  if (!control.install(commandOfService(context))) context.out.note("It was installed before.");
  control.configure();
  return tellState(context, control);
}
