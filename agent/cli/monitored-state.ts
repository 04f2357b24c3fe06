/** Gathers what monitoring needs, from the disk alone. */
import type { AgentConfig } from "../config/types.ts";
import type { MonitoredState } from "../monitoring/facts.ts";
import { statePlaces } from "../store/layout.ts";
import { readOriginStanding } from "../transfer/origin-standing.ts";
import { readBootstrapRoot } from "../trust/bootstrap-root.ts";
import { inspectTrust } from "../trust/inspect.ts";
import { readState, type StateContext } from "../update/read-state.ts";

/** The state now. Throws `disk.*`, `format.newer`, `trust.root`. */
export async function readMonitoredState(
  context: StateContext,
  config: AgentConfig,
  agentVersion: string,
): Promise<MonitoredState> {
  const { fs } = context;
  const root = await readBootstrapRoot(fs, config.repository.root);
  const { roles } = await inspectTrust(fs, statePlaces(config.state).trust, root);
  const { repository, state } = config;
  const origin = await readOriginStanding(fs, state, repository.relays);
  const found = { ...(await readState(context)), roles, agentVersion };
  return { ...found, ...(origin === undefined ? {} : { origin }) };
}
