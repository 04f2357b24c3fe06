/** The page: header, counts, search, table. */
import { useState } from "preact/hooks";
import type { FleetState } from "../api/views.ts";
import { AgentRow } from "./agent-row.tsx";
import { Empty } from "./empty.tsx";
import { matchesText, type Snapshot, sortAgents } from "./fleet.ts";
import { Mark } from "./icons.tsx";
import { Tiles } from "./tiles.tsx";

const columns = ["Host", "State", "Platform", "Databases", "Last result", "Last seen"];

function Header({ snapshot, trouble }: PageProps) {
  const time = snapshot === undefined ? "" : new Date(snapshot.at).toLocaleTimeString();
  return (
    <header class="top">
      <div class="brand">
        <Mark />
        <h1>
          Vouchsafe <span>fleet</span>
        </h1>
      </div>
      <p class={trouble === undefined ? "live" : "live is-lost"}>
        <span class="live-dot" aria-hidden="true" />
        {trouble === undefined ? `Live${time === "" ? "" : ` · ${time}`}` : "Connection lost"}
      </p>
    </header>
  );
}

function FleetTable({ snapshot }: { snapshot: Snapshot }) {
  const [chosen, choose] = useState<FleetState | undefined>(undefined);
  const [text, setText] = useState("");
  const { agents, total, next } = snapshot.fleet;
  const shown = sortAgents(agents).filter(
    (agent) => (chosen === undefined || agent.state === chosen) && matchesText(agent, text),
  );
  return (
    <>
      <Tiles agents={agents} chosen={chosen} choose={choose} />
      <div class="tools">
        <label class="search">
          <span class="hidden">Search agents</span>
          <input
            type="search"
            placeholder="Search host, system, database…"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <p class="quiet" role="status">
          {shown.length === agents.length
            ? `${agents.length} ${agents.length === 1 ? "agent" : "agents"}`
            : `${shown.length} of ${agents.length} agents`}
          {next === null ? "" : `, the first of ${total}`}
        </p>
      </div>
      <div class="card">
        <table>
          <caption class="hidden">Agents of the fleet, those in trouble first</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th scope="col" key={column}>
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((agent) => (
              <AgentRow agent={agent} now={snapshot.at} key={agent.id} />
            ))}
          </tbody>
        </table>
        {shown.length === 0 ? <p class="nothing">No agent fits the search.</p> : null}
      </div>
    </>
  );
}

export interface PageProps {
  /** Undefined until the first answer. */
  readonly snapshot: Snapshot | undefined;
  /** Why the console cannot be asked just now. */
  readonly trouble: string | undefined;
}

/** The whole page. */
export function Page({ snapshot, trouble }: PageProps) {
  return (
    <>
      <Header snapshot={snapshot} trouble={trouble} />
      <main>
        {trouble === undefined ? null : (
          <p class="trouble" role="alert">
            The console cannot be reached: {trouble} What is shown is the last that was known.
          </p>
        )}
        {snapshot === undefined ? (
          <p class="nothing">{trouble === undefined ? "Loading the fleet…" : ""}</p>
        ) : null}
        {snapshot?.fleet.total === 0 ? <Empty origin={location.origin} /> : null}
        {snapshot !== undefined && snapshot.fleet.total > 0 ? (
          <FleetTable snapshot={snapshot} />
        ) : null}
      </main>
    </>
  );
}
