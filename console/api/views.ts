/**
 * The shapes of the fleet API. They import nothing, because the page in the browser is compiled
 * against them too.
 */

/** From best to worst, but for `never`: enrolled and not heard of yet. */
export type FleetState = "ok" | "outdated" | "late" | "failing" | "never";

/** A database as the API tells it. Times are in UTC, ISO 8601. */
export interface DatabaseView {
  readonly name: string;
  readonly release: {
    readonly version: number;
    readonly label: string;
    readonly digest: string;
  } | null;
  readonly installedAt: string | null;
  readonly lastCheckAt: string | null;
  readonly lastResult: string | null;
  readonly error?: { readonly code: string; readonly message: string };
  readonly state: "ok" | "outdated" | "failing";
}

/** An agent as the API tells it. */
export interface AgentView {
  readonly id: string;
  /** The host's name, or the pseudonym it reports instead; null when it tells neither. */
  readonly hostname: string | null;
  readonly hostnameHash: string | null;
  readonly platform: string | null;
  readonly os: string | null;
  readonly arch: string | null;
  readonly version: string | null;
  readonly enrolledAt: string;
  readonly lastSeenAt: string | null;
  readonly state: FleetState;
  /** Why the state is not ok, in words. */
  readonly reasons: readonly string[];
  readonly lastResult: string | null;
  readonly databases: readonly DatabaseView[];
}

/** `GET /v1/agents`. */
export interface FleetView {
  readonly format: 1;
  /** Agents enrolled. */
  readonly total: number;
  /** The id to go on after; null on the last page. */
  readonly next: string | null;
  readonly agents: readonly AgentView[];
}
