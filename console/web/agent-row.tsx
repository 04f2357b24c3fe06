/** One agent as a row of the table. All that a host says of itself is shown as text, never as markup. */
import type { AgentView, DatabaseView } from "../api/views.ts";
import { ageText } from "./age.ts";
import { hostName, stateNames } from "./fleet.ts";
import { StateIcon } from "./icons.tsx";

function Age({ at, now, suffix }: { at: string; now: number; suffix: string }) {
  const text = ageText(Date.parse(at), now);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {text === "now" ? "just now" : `${text}${suffix}`}
    </time>
  );
}

function Database({ database, now }: { database: DatabaseView; now: number }) {
  const { name, release, installedAt, state } = database;
  return (
    <li class={`database is-${state}`}>
      <StateIcon state={state} />
      <span class="database-name">
        {name}
        <span class="hidden"> ({stateNames[state].toLowerCase()})</span>
      </span>
      <span
        class="database-release"
        title={release === null ? undefined : `${release.label}, version ${release.version}`}
      >
        {release === null ? "none installed" : release.label}
      </span>
      <span class="database-age">
        {installedAt === null ? "" : <Age at={installedAt} now={now} suffix=" old" />}
      </span>
    </li>
  );
}

function System({ agent }: { agent: AgentView }) {
  if (agent.platform === null) return <span class="quiet">unknown</span>;
  return (
    <>
      {agent.os}
      <small>
        {agent.platform} · {agent.arch} · agent {agent.version}
      </small>
    </>
  );
}

/** The row. `now`: the console's time, ms since 1970. */
export function AgentRow({ agent, now }: { agent: AgentView; now: number }) {
  const { state, reasons, databases, lastResult, lastSeenAt, id } = agent;
  return (
    <tr class={`agent is-${state}`} data-agent={id}>
      <th scope="row" class="host" data-label="Host">
        <span class={agent.hostname === null ? "host-name quiet" : "host-name"}>
          {hostName(agent)}
        </span>
        <small class="mono">{id}</small>
      </th>
      <td data-label="State">
        <span class={`badge is-${state}`}>
          <StateIcon state={state} />
          {stateNames[state]}
        </span>
        {reasons.map((reason) => (
          <small class="reason" key={reason}>
            {reason}
          </small>
        ))}
      </td>
      <td data-label="Platform">
        <System agent={agent} />
      </td>
      <td data-label="Databases">
        {databases.length === 0 ? (
          <span class="quiet">none reported</span>
        ) : (
          <ul class="databases">
            {databases.map((database) => (
              <Database database={database} now={now} key={database.name} />
            ))}
          </ul>
        )}
      </td>
      <td data-label="Last result">{lastResult ?? <span class="quiet">–</span>}</td>
      <td data-label="Last seen" class="seen">
        {lastSeenAt === null ? (
          <span class="quiet">never</span>
        ) : (
          <Age at={lastSeenAt} now={now} suffix=" ago" />
        )}
      </td>
    </tr>
  );
}
