/** `enroll`: introduces this machine to a console. The token never stands on the command line. */
import type { CliContext } from "../../host/cli/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { readSecret } from "../../host/secrets.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { enrolConsole } from "./enrol-console.ts";
import { readConfig } from "./open-config.ts";
import { dropPrivileges } from "./privileges.ts";

export async function run(context: CliContext): Promise<number> {
  const { options, out } = context;
  const config = await readConfig(context);
  const url = options.str("console") ?? config.console?.url;
  if (url === undefined) {
    throw new VouchsafeError("usage.arguments", '"enroll" needs --console URL, or console.url.');
  }
  // Read as whoever calls: the file may be for root only.
  const token = await readSecret({ what: "the token", file: options.need("token-file") }, context);
  await dropPrivileges(nodeFileSystem, config.state);
  const enrolled = await enrolConsole(context, config, { url, token });
  const { agent, origin, already } = enrolled;
  out.json({ result: "done", ...enrolled });
  out.line(`${already ? "Already enrolled" : "Enrolled"} with ${origin} as ${agent}.`);
  return 0;
}
