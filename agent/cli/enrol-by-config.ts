/**
 * Enrols where the configuration names a token and no console knows this machine yet: one that was
 * set up by an installer or from an image needs nobody's hand. It happens after an update, which it
 * can neither delay nor undo, and is tried again after each until it works.
 */
import { join } from "node:path";
import type { CliContext } from "../../host/cli/types.ts";
import { toVouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import { readConsoleLink } from "../report/console-link.ts";
import type { EngineContext } from "../update/types.ts";
import { readSecretFile } from "./network.ts";
import { type ReportBaseline, readReportBaseline } from "./report-update.ts";

/**
 * Enrols once, if it is to be done; whom to report to then. Never throws: that it failed is logged.
 *
 * @param engine of the update that has just ended
 */
export async function enrolByConfig(
  context: CliContext,
  config: AgentConfig,
  engine: EngineContext,
): Promise<ReportBaseline | undefined> {
  const { url, tokenFile } = config.console ?? {};
  if (url === undefined || tokenFile === undefined) return undefined;
  const { fs, log, state } = engine;
  try {
    if ((await readConsoleLink(fs, join(state, "keys"))) !== undefined) return undefined;
    const { enrolConsole } = await import("./enrol-console.ts");
    const token = await readSecretFile(fs, tokenFile);
    const { agent, origin } = await enrolConsole(context, config, { url, token });
    log.info("enrolled", { agent, origin });
  } catch (error) {
    log.warn("not enrolled yet", { reason: toVouchsafeError(error).message });
    return undefined;
  }
  // It is spent and tells nothing any more; where it is not the agent's to remove, it stays.
  await fs.unlink(tokenFile).catch(() => undefined);
  return readReportBaseline(engine, config);
}
