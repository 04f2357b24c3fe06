/** `doctor`: looks at everything that an update depends on, and changes nothing. */
import type { CliContext } from "../../host/cli/types.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import { exitCodeOf, toVouchsafeError } from "../../protocol/errors.ts";
import type { AgentConfig } from "../config/types.ts";
import { checks } from "../doctor/checks.ts";
import { doctorContext, type Examined, examine } from "../doctor/examine.ts";
import { failureOf } from "../doctor/findings.ts";
import { linesOf, type Verdict, verdictOf } from "../doctor/verdict.ts";
import { doctorPorts, readRootFacts } from "./doctor-ports.ts";
import { readConfig } from "./open-config.ts";
import { dropPrivileges } from "./privileges.ts";

/** What is found of a configuration that was loaded. */
export async function examineAgent(
  context: CliContext,
  config: AgentConfig,
): Promise<readonly Examined[]> {
  const rooted = await readRootFacts(context.signal);
  await dropPrivileges(nodeFileSystem, config.state);
  const { ports, close } = await doctorPorts(context, config, rooted);
  try {
    return await examine(checks, doctorContext(config, ports, context.signal), context.signal);
  } finally {
    close();
  }
}

function tell({ out }: CliContext, examined: readonly Examined[], verdict: Verdict): void {
  const { counts, error, exitCode } = verdict;
  const result = exitCode === 0 ? "done" : "failed";
  out.json({ result, counts, checks: examined, ...(error === undefined ? {} : { error }) });
  for (const line of linesOf(examined)) out.line(line);
  out.line(`${counts.ok} ok, ${counts.warning} warnings, ${counts.failure} failures`);
}

export async function run(context: CliContext): Promise<number> {
  let config: AgentConfig;
  try {
    config = await readConfig(context);
  } catch (error) {
    // Nothing else can be looked at without one; it is told in the form of every other finding.
    const examined = [{ check: "configuration", findings: [failureOf(error)] }];
    tell(context, examined, verdictOf(examined));
    return exitCodeOf(toVouchsafeError(error));
  }
  const examined = await examineAgent(context, config);
  const verdict = verdictOf(examined);
  tell(context, examined, verdict);
  return verdict.exitCode;
}
