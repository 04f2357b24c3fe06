/** Enrolling over the network as it is configured: by a person's command, or by the configuration. */
import { randomBytes } from "node:crypto";
import type { CliContext } from "../../host/cli/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import type { AgentConfig } from "../config/types.ts";
import { consoleHttp, createConsoleClient } from "../report/console-http.ts";
import { type Enrolled, enroll } from "../report/enroll.ts";
import { userAgent } from "./compose.ts";
import { consoleOptions } from "./network.ts";

/** Enrols this machine. Throws as {@link enroll}; `secret.unavailable`. */
export async function enrolConsole(
  context: CliContext,
  config: AgentConfig,
  invitation: { readonly url: string; readonly token: string },
): Promise<Enrolled> {
  const { clock, env, program } = context;
  const name = userAgent(program.version);
  const client = createConsoleClient(await consoleOptions(nodeFileSystem, config, name, env));
  const stateDir = config.state;
  const http = consoleHttp(client);
  try {
    return await enroll(
      { fs: nodeFileSystem, clock, random: randomBytes, http, stateDir },
      invitation,
    );
  } finally {
    client.close();
  }
}
