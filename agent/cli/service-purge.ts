/** `service purge`: removes configuration and state from a machine that shall not have the agent any more. */
import { dirname } from "node:path";
import process from "node:process";
import type { CliContext } from "../../host/cli/types.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { defaultPlaces } from "../config/defaults.ts";
import { machineFileSystem, removeFolder } from "../platform/machine.ts";
import { stopService } from "../platform/windows/service/control.ts";
import { serviceControl } from "./service-control.ts";
import { serviceEvents, tellingFailure } from "./service-events.ts";

export async function run({ options, out, env, clock }: CliContext): Promise<number> {
  const control = serviceControl();
  if (!options.flag("yes")) {
    const message = '"service purge" removes every database and the identity: it needs --yes.';
    throw new VouchsafeError("usage.arguments", message);
  }
  const folder = dirname(defaultPlaces(process.platform, env).config);
  const removed = await tellingFailure(serviceEvents(), "the state cannot be removed", async () => {
    if (control.state() !== "not installed") await stopService(control, clock);
    return removeFolder(machineFileSystem(clock), folder);
  });
  out.json({ result: "done", folder, removed });
  out.line(removed ? `Removed ${folder}.` : `There is no ${folder}.`);
  return 0;
}
