/** The steps that bring a database to the format this program knows; each is applied once. */

interface Migration {
  /** Also the format that the step leads to. */
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}

/** In order; a step that was released is never changed. */
export const migrations: readonly Migration[] = [
  {
    id: 1,
    name: "first tables",
    sql: `
      CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        used_at INTEGER,
        used_by TEXT,
        revoked_at INTEGER
      ) STRICT;
      CREATE TABLE agents (
        id TEXT PRIMARY KEY,
        public_key TEXT NOT NULL UNIQUE,
        token_id TEXT NOT NULL REFERENCES tokens (id),
        enrolled_at INTEGER NOT NULL,
        last_seen_at INTEGER,
        boot TEXT,
        seq INTEGER,
        created INTEGER,
        report TEXT,
        report_count INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE reports (
        agent_id TEXT NOT NULL REFERENCES agents (id),
        boot TEXT NOT NULL,
        seq INTEGER NOT NULL,
        digest TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        PRIMARY KEY (agent_id, boot, seq)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX reports_by_ordinal ON reports (agent_id, ordinal);
      CREATE TABLE events (
        agent_id TEXT NOT NULL REFERENCES agents (id),
        id TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (agent_id, id)
      ) STRICT;
      CREATE INDEX events_by_ordinal ON events (agent_id, ordinal);
      CREATE TABLE installed (
        agent_id TEXT NOT NULL REFERENCES agents (id),
        database TEXT NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (agent_id, database)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX installed_by_version ON installed (database, version);
    `,
  },
];

/** The format of a database that all steps were applied to. */
export const currentFormat: number = migrations.at(-1)?.id ?? 0;
