/** The fleet as the page knows it: fetched with an entity tag, sorted worst first. */
import type { AgentView, FleetState, FleetView } from "../api/views.ts";

/** The last answer, and the console's clock against this browser's. */
export interface Snapshot {
  readonly fleet: FleetView;
  readonly tag: string | null;
  /** The console's time when it answered, ms since 1970. */
  readonly at: number;
}

/** Worst first: the order of the tiles and of the rows. */
export const states: readonly FleetState[] = ["failing", "late", "outdated", "never", "ok"];

/** How a state is called. */
export const stateNames: Readonly<Record<FleetState, string>> = {
  failing: "Failing",
  late: "Late",
  outdated: "Outdated",
  never: "Not seen yet",
  ok: "Up to date",
};

function isFleet(value: unknown): value is FleetView {
  return (
    typeof value === "object" &&
    value !== null &&
    "agents" in value &&
    Array.isArray(value.agents) &&
    "total" in value &&
    typeof value.total === "number"
  );
}

/** Asks the console; an unchanged fleet keeps the snapshot's agents. Rejects when it is not there. */
export async function fetchFleet(
  last: Snapshot | undefined,
  signal: AbortSignal,
): Promise<Snapshot> {
  const tag = last?.tag ?? null;
  const response = await fetch("/v1/agents", {
    cache: "no-store",
    signal,
    headers: tag === null ? {} : { "if-none-match": tag },
  });
  const dated = Date.parse(response.headers.get("date") ?? "");
  const at = Number.isNaN(dated) ? Date.now() : dated;
  if (response.status === 304 && last !== undefined) return { ...last, at };
  if (!response.ok) throw new Error(`The console answered ${response.status}.`);
  const fleet: unknown = await response.json();
  if (!isFleet(fleet)) throw new Error("The console's answer is not understood.");
  return { fleet, tag: response.headers.get("etag"), at };
}

/** The host's name for a person: name, pseudonym, or the id where it tells neither. */
export function hostName(agent: AgentView): string {
  if (agent.hostname !== null) return agent.hostname;
  return agent.hostnameHash === null
    ? `agent ${agent.id.slice(0, 8)}`
    : `host ${agent.hostnameHash}`;
}

/** Agents in the order of the page: worst first, then by name. */
export function sortAgents(agents: readonly AgentView[]): readonly AgentView[] {
  const rank = (agent: AgentView): number => states.indexOf(agent.state);
  return agents.toSorted(
    (a, b) => rank(a) - rank(b) || hostName(a).localeCompare(hostName(b)) || (a.id < b.id ? -1 : 1),
  );
}

/** Whether an agent has the text in its name, system, id, databases or reasons. */
export function matchesText(agent: AgentView, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  const names = agent.databases.map(({ name, release }) => `${name} ${release?.label ?? ""}`);
  const hay = [hostName(agent), agent.id, agent.os ?? "", agent.platform ?? "", ...names];
  return [...hay, ...agent.reasons].some((part) => part.toLowerCase().includes(wanted));
}
