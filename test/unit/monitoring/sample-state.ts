/** A state in which all is well, for tests that change one thing. */
import type { MonitoredDatabase, MonitoredState } from "../../../agent/monitoring/facts.ts";

export const now = Date.parse("2026-11-24T12:00:00Z");

export const daily: MonitoredDatabase = {
  name: "daily",
  release: { version: 42, label: "2026-11-24" },
  created: "2026-11-24T10:00:00Z",
  installedAt: "2026-11-24T11:00:00.000Z",
  lastCheckAt: "2026-11-24T11:30:00.000Z",
  lastSuccessAt: "2026-11-24T11:30:00.000Z",
  lastResult: "current",
  hold: null,
  tampered: false,
  quarantine: [],
  bytes: 1000,
  receivedBytes: 2500,
};

export const well: MonitoredState = {
  databases: [daily],
  lastRunAt: "2026-11-24T11:30:00.000Z",
  lastSuccessAt: "2026-11-24T11:30:00.000Z",
  roles: [
    { role: "root", version: 1, expires: "2027-11-24T12:00:00Z" },
    { role: "timestamp", version: 9, expires: "2026-11-26T12:00:00Z" },
  ],
  agentVersion: "0.1.0",
};
