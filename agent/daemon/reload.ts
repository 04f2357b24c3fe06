/** What a running service can take over from a changed configuration. */
import type { AgentConfig } from "../config/types.ts";

/** Why the service cannot change over without a restart, or undefined: pure. */
export function reloadProblem(before: AgentConfig, after: AgentConfig): string | undefined {
  if (before.state !== after.state) return "another state folder needs a restart";
  if (before.socket !== after.socket) return "another socket needs a restart";
  return undefined;
}
