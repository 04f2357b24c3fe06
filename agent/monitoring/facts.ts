/** What monitoring judges and counts: the agent's state as it lies on the disk. */
import type { UpdateResult } from "../../protocol/report/status-report.ts";
import type { TrustedRole } from "../trust/inspect.ts";

/** One database. Moments are ISO 8601, or null where there was none. */
export interface MonitoredDatabase {
  readonly name: string;
  readonly release: { readonly version: number; readonly label: string } | null;
  /** When the vendor made the release; empty where the repository does not tell. */
  readonly created: string | null;
  readonly installedAt: string | null;
  readonly lastCheckAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly lastResult: UpdateResult | null;
  readonly error?: { readonly code: string; readonly message: string };
  readonly hold: { readonly reason: string } | null;
  readonly tampered: boolean;
  readonly quarantine: readonly unknown[];
  /** Bytes of the installed files. */
  readonly bytes: number;
  /** Bytes received, of all runs together. */
  readonly receivedBytes: number;
}

/** The whole. */
export interface MonitoredState {
  readonly databases: readonly MonitoredDatabase[];
  readonly lastRunAt: string | null;
  readonly lastSuccessAt: string | null;
  /** Roles that are trusted. */
  readonly roles: readonly TrustedRole[];
  readonly agentVersion: string;
  /** Mirrors that are no relays; absent where no relay is configured. */
  readonly origin?: { readonly answeredAt: string | null; readonly overdue: boolean };
}
