/** The ports for looking at the state: without the consumers, the trust and the network of an update. */
import type { Clock } from "../../host/clock.ts";
import type { AgentConfig } from "../config/types.ts";
import type { StateContext } from "../update/read-state.ts";
import { machineDisk } from "./machine-disk.ts";

/** What {@link StateContext} is on this machine. */
export function stateContext(clock: Clock, config: AgentConfig): StateContext {
  return {
    ...machineDisk(clock),
    clock,
    state: config.state,
    databases: [...config.databases.keys()].map((name) => ({ name })),
  };
}
