/** `service status`: what the service manager says of the service. */
import type { CliContext } from "../../host/cli/types.ts";
import { serviceControl, tellState } from "./service-control.ts";

export async function run(context: CliContext): Promise<number> {
  return tellState(context, serviceControl());
}
