/** `enroll`: introduces this machine to a console. The token never stands on the command line. */
import { randomBytes } from "node:crypto";
import type { CliContext } from "../../host/cli/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { readSecret } from "../../host/secrets.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { consoleHttp, createConsoleClient } from "../report/console-http.ts";
import { enroll } from "../report/enroll.ts";
import { userAgent } from "./compose.ts";
import { consoleOptions } from "./network.ts";
import { readConfig } from "./open-config.ts";
import { dropPrivileges } from "./privileges.ts";

export async function run(context: CliContext): Promise<number> {
  const { options, out, clock } = context;
  const config = await readConfig(context);
  const url = options.str("console") ?? config.console?.url;
  if (url === undefined) {
    throw new VouchsafeError("usage.arguments", '"enroll" needs --console URL, or console.url.');
  }
  // Read as whoever calls: the file may be for root only.
  const token = await readSecret({ what: "the token", file: options.need("token-file") }, context);
  await dropPrivileges(nodeFileSystem, config.state);
  const name = userAgent(context.program.version);
  const client = createConsoleClient(
    await consoleOptions(nodeFileSystem, config, name, context.env),
  );
  try {
    const enrolled = await enroll(
      {
        fs: nodeFileSystem,
        clock,
        random: randomBytes,
        http: consoleHttp(client),
        stateDir: config.state,
      },
      { url, token },
    );
    const { agent, origin, already } = enrolled;
    out.json({ result: "done", ...enrolled });
    out.line(`${already ? "Already enrolled" : "Enrolled"} with ${origin} as ${agent}.`);
    return 0;
  } finally {
    client.close();
  }
}
