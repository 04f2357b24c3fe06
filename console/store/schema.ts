/** The console's tables. Times are milliseconds since 1970; hashes and keys are lower-case hex. */

interface TokenTable {
  readonly id: string;
  /** Of the token; the token itself is never stored. */
  readonly hash: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly used_at: number | null;
  readonly used_by: string | null;
  readonly revoked_at: number | null;
}

interface AgentTable {
  readonly id: string;
  readonly public_key: string;
  readonly token_id: string;
  readonly enrolled_at: number;
  readonly last_seen_at: number | null;
  /** Place and signing time of the report that is current, and its text. */
  readonly boot: string | null;
  readonly seq: number | null;
  readonly created: number | null;
  readonly report: string | null;
  /** Reports ever taken; numbers the rows of `reports` and `events`. */
  readonly report_count: number;
}

interface ReportTable {
  readonly agent_id: string;
  readonly boot: string;
  readonly seq: number;
  /** Of the body, so that a repetition is told from a contradiction. */
  readonly digest: string;
  readonly ordinal: number;
  readonly received_at: number;
}

interface EventTable {
  readonly agent_id: string;
  readonly id: string;
  readonly ordinal: number;
  readonly received_at: number;
  /** JSON with `format: 1`. */
  readonly body: string;
}

interface InstalledTable {
  readonly agent_id: string;
  readonly database: string;
  readonly version: number;
}

interface SettingTable {
  readonly name: string;
  readonly value: string;
}

interface MigrationTable {
  readonly id: number;
  readonly name: string;
  readonly applied_at: number;
}

export interface Schema {
  readonly tokens: TokenTable;
  readonly agents: AgentTable;
  readonly reports: ReportTable;
  readonly events: EventTable;
  readonly installed: InstalledTable;
  readonly settings: SettingTable;
  readonly migrations: MigrationTable;
}
