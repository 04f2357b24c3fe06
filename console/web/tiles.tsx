/** The counts by state, each a button that filters the table. */
import type { AgentView, FleetState } from "../api/views.ts";
import { stateNames, states } from "./fleet.ts";
import { StateIcon } from "./icons.tsx";

interface TilesProps {
  readonly agents: readonly AgentView[];
  /** The state that is shown alone; undefined shows all. */
  readonly chosen: FleetState | undefined;
  readonly choose: (state: FleetState | undefined) => void;
}

/** The tiles. */
export function Tiles({ agents, chosen, choose }: TilesProps) {
  return (
    <div class="tiles" role="group" aria-label="Show agents by state">
      <button
        type="button"
        class="tile"
        aria-pressed={chosen === undefined}
        onClick={() => choose(undefined)}
      >
        <span class="tile-count">{agents.length}</span>
        <span class="tile-name">All agents</span>
      </button>
      {states.map((state) => {
        const count = agents.filter((agent) => agent.state === state).length;
        return (
          <button
            type="button"
            key={state}
            class={`tile is-${state}${count === 0 ? " is-zero" : ""}`}
            aria-pressed={chosen === state}
            onClick={() => choose(chosen === state ? undefined : state)}
          >
            <span class="tile-count">{count}</span>
            <span class="tile-name">
              <StateIcon state={state} />
              {stateNames[state]}
            </span>
          </button>
        );
      })}
    </div>
  );
}
