/** The ports for looking at the state: without the consumers, the trust and the network of an update. */
import type { Clock } from "../../host/clock.ts";
import type { AgentConfig } from "../config/types.ts";
import { machineFileSystem, machinePointer } from "../platform/machine.ts";
import { recordedTarget } from "../store/current-json.ts";
import type { StateContext } from "../update/read-state.ts";

/** What {@link StateContext} is on this machine. */
export function stateContext(clock: Clock, config: AgentConfig): StateContext {
  const fs = machineFileSystem(clock);
  return {
    fs,
    pointer: machinePointer(fs, clock, (dir) => recordedTarget(fs, dir)),
    clock,
    state: config.state,
    databases: [...config.databases.keys()].map((name) => ({ name })),
  };
}
