/** `service …`: the service of Windows; on Linux systemd's own commands do this. */
import process from "node:process";
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { selfCommand, selfFacts } from "../daemon/self-command.ts";
import { loadKoffi } from "../platform/windows/native/library.ts";
import { nativeServiceControl } from "../platform/windows/native/service-manager.ts";
import type { ServiceControl } from "../platform/windows/service/control.ts";
import { serviceCommand, serviceName } from "../platform/windows/service/settings.ts";

/** The manager's view of the agent's service. Throws `usage.arguments` where there is no Windows. */
export function serviceControl(): ServiceControl {
  if (process.platform !== "win32") {
    const message = "This verb is for Windows: here systemctl handles vouchsafe-agent.service.";
    throw new VouchsafeError("usage.arguments", message);
  }
  return nativeServiceControl(loadKoffi(), serviceName);
}

/** The command line of the service, with the configuration that was named. */
export function commandOfService(context: CliContext): string {
  const { program, args } = selfCommand(selfFacts());
  const config = context.options.str("config");
  const named = config === undefined ? [] : ["--config", config];
  return serviceCommand(program, [...args, "service", "run", ...named]);
}

/** Prints what the service is now. */
export function tellState(context: CliContext, control: ServiceControl): number {
  const state = control.state();
  context.out.json({ result: "done", service: { name: serviceName, state } });
  context.out.line(`service ${serviceName}: ${state}`);
  return 0;
}
