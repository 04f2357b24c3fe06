/** The metrics, as data: name, type, help and how they are read off the state. Pure. */
import { updateResults } from "../../protocol/report/status-report.ts";
import type { MonitoredDatabase, MonitoredState } from "./facts.ts";

/** One number with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric (Prometheus: metric and label naming). */
export interface Family {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: (state: MonitoredState) => readonly Sample[];
}

/** Seconds since 1970; undefined for a moment that is not known. */
function secondsOf(at: string | null): number | undefined {
  const milliseconds = at === null ? Number.NaN : Date.parse(at);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

const alone = (value: number | undefined): readonly Sample[] =>
  value === undefined ? [] : [{ labels: {}, value }];

/** A number of each database that has one. */
const each =
  (read: (database: MonitoredDatabase) => number | undefined): Family["samples"] =>
  ({ databases }) =>
    databases.flatMap((database) => {
      const value = read(database);
      return value === undefined ? [] : [{ labels: { database: database.name }, value }];
    });

const databaseFamilies: readonly Family[] = [
  {
    name: "vouchsafe_database_last_check_timestamp_seconds",
    type: "gauge",
    help: "When the database was last checked.",
    samples: each(({ lastCheckAt }) => secondsOf(lastCheckAt)),
  },
  {
    name: "vouchsafe_database_last_success_timestamp_seconds",
    type: "gauge",
    help: "When a check of the database last came to its end without a fault.",
    samples: each(({ lastSuccessAt }) => secondsOf(lastSuccessAt)),
  },
  {
    name: "vouchsafe_database_last_result",
    type: "gauge",
    help: "How the last check ended: 1 for that result, 0 for all others.",
    samples: ({ databases }) =>
      databases.flatMap(({ name, lastResult }) =>
        lastResult === null
          ? []
          : updateResults.map((result) => ({
              labels: { database: name, result },
              value: result === lastResult ? 1 : 0,
            })),
      ),
  },
  {
    name: "vouchsafe_database_release_version",
    type: "gauge",
    help: "Version of the installed release.",
    samples: each(({ release }) => release?.version),
  },
  {
    name: "vouchsafe_database_release_info",
    type: "gauge",
    help: "Label of the installed release; always 1.",
    samples: ({ databases }) =>
      databases.flatMap(({ name, release }) =>
        release === null ? [] : [{ labels: { database: name, label: release.label }, value: 1 }],
      ),
  },
  {
    name: "vouchsafe_database_release_created_timestamp_seconds",
    type: "gauge",
    help: "When the vendor made the installed release.",
    samples: each(({ created }) => secondsOf(created)),
  },
  {
    name: "vouchsafe_database_installed_timestamp_seconds",
    type: "gauge",
    help: "When the release was installed here.",
    samples: each(({ installedAt }) => secondsOf(installedAt)),
  },
  {
    name: "vouchsafe_database_size_bytes",
    type: "gauge",
    help: "Size of the installed files.",
    samples: each(({ release, bytes }) => (release === null ? undefined : bytes)),
  },
  {
    name: "vouchsafe_database_received_bytes_total",
    type: "counter",
    help: "Bytes received for files of the database.",
    samples: each(({ receivedBytes }) => receivedBytes),
  },
  {
    name: "vouchsafe_database_held",
    type: "gauge",
    help: "1 while an operator holds the database.",
    samples: each(({ hold }) => (hold === null ? 0 : 1)),
  },
  {
    name: "vouchsafe_database_tampered",
    type: "gauge",
    help: "1 while installed files are known to be changed and not repaired.",
    samples: each(({ tampered }) => (tampered ? 1 : 0)),
  },
  {
    name: "vouchsafe_database_quarantined_releases",
    type: "gauge",
    help: "Releases that failed here and are not tried again.",
    samples: each(({ quarantine }) => quarantine.length),
  },
];

/** All of them, in the order in which they are written. */
export const families: readonly Family[] = [
  {
    name: "vouchsafe_agent_info",
    type: "gauge",
    help: "Version of the agent; always 1.",
    samples: ({ agentVersion }) => [{ labels: { version: agentVersion }, value: 1 }],
  },
  {
    name: "vouchsafe_last_check_timestamp_seconds",
    type: "gauge",
    help: "When the repository was last checked.",
    samples: ({ lastRunAt }) => alone(secondsOf(lastRunAt)),
  },
  {
    name: "vouchsafe_last_success_timestamp_seconds",
    type: "gauge",
    help: "When a check last came to its end without a fault.",
    samples: ({ lastSuccessAt }) => alone(secondsOf(lastSuccessAt)),
  },
  {
    name: "vouchsafe_metadata_expiry_timestamp_seconds",
    type: "gauge",
    help: "Until when a role of the trusted metadata is valid.",
    samples: ({ roles }) =>
      roles.map(({ role, expires }) => ({ labels: { role }, value: Date.parse(expires) / 1000 })),
  },
  {
    name: "vouchsafe_origin_answer_timestamp_seconds",
    type: "gauge",
    help: "When a mirror that is no relay last answered for the timestamp; only with relays.",
    samples: ({ origin }) => alone(secondsOf(origin?.answeredAt ?? null)),
  },
  {
    name: "vouchsafe_origin_overdue",
    type: "gauge",
    help: "1 while no mirror but relays answers for the timestamp; only with relays.",
    samples: ({ origin }) => alone(origin === undefined ? undefined : Number(origin.overdue)),
  },
  ...databaseFamilies,
];
