/**
 * The judgement of `agent status --check`: rules as data, of which docs/monitoring.md is made.
 * Pure; works on what lies on the disk, so that neither service nor network is needed.
 */
import { formatSeconds } from "../../host/cli/format.ts";
import type { MonitoredDatabase, MonitoredState } from "./facts.ts";

/** The states of a monitoring plugin; the index is its exit code. */
export const statuses = ["OK", "WARNING", "CRITICAL", "UNKNOWN"] as const;
export type Status = (typeof statuses)[number];

/** What is judged, and by what. Times in milliseconds. */
interface Judged {
  readonly state: MonitoredState;
  readonly now: number;
  readonly maxAgeMs: number;
}

/** Something that is looked for. */
export interface Rule {
  readonly status: "CRITICAL" | "WARNING";
  /** When it applies, for the documentation. */
  readonly when: string;
  /** Each time that it applies, in words. */
  readonly find: (judged: Judged) => readonly string[];
}

const rootReminderMs = 30 * 86_400_000;

const ago = (at: string, now: number): string =>
  `${formatSeconds(Math.max(0, Math.round((now - Date.parse(at)) / 1000)))} ago`;

/** A rule that looks at each database. */
const each =
  (word: (database: MonitoredDatabase) => string | undefined): Rule["find"] =>
  ({ state }) =>
    state.databases.flatMap((database) => {
      const found = word(database);
      return found === undefined ? [] : [`${database.name} ${found}`];
    });

/** The rules, what is worst first. */
export const rules: readonly Rule[] = [
  {
    status: "CRITICAL",
    when: "no check came to its end without a fault within `--max-age` (24 hours)",
    find: ({ state: { lastSuccessAt }, now, maxAgeMs }) => {
      if (lastSuccessAt === null) return ["no check has succeeded yet"];
      const late = now - Date.parse(lastSuccessAt) > maxAgeMs;
      return late ? [`the last good check was ${ago(lastSuccessAt, now)}`] : [];
    },
  },
  {
    status: "CRITICAL",
    when: "installed files were found changed, and are not repaired yet",
    find: each(({ tampered }) => (tampered ? "was tampered with" : undefined)),
  },
  {
    status: "CRITICAL",
    when: "the last check refused what the repository offers",
    find: each(({ lastResult, error }) =>
      lastResult === "refused" ? `refused: ${error?.message ?? ""}` : undefined,
    ),
  },
  {
    status: "CRITICAL",
    when: "a database is not installed",
    find: each(({ release }) => (release === null ? "is not installed" : undefined)),
  },
  {
    status: "CRITICAL",
    when: "trusted metadata has expired",
    find: ({ state: { roles }, now }) =>
      roles
        .filter(({ expires }) => Date.parse(expires) <= now)
        .map(({ role, expires }) => `${role} expired at ${expires}`),
  },
  {
    status: "WARNING",
    when: "the last check failed, or a new release was reverted",
    find: each(({ lastResult, error }) =>
      lastResult === "failed" || lastResult === "reverted"
        ? `${lastResult}: ${error?.message ?? ""}`
        : undefined,
    ),
  },
  {
    status: "WARNING",
    when: "no mirror but relays has answered for the timestamp within `repository.originWithin`",
    find: ({ state: { origin }, now }) => {
      if (origin?.overdue !== true) return [];
      const { answeredAt } = origin;
      const heard = answeredAt === null ? "never" : ago(answeredAt, now);
      return [`no mirror but relays answers (last: ${heard})`];
    },
  },
  {
    status: "WARNING",
    when: "a database is held by an operator",
    find: each(({ hold }) => (hold === null ? undefined : `is held: ${hold.reason}`)),
  },
  {
    status: "WARNING",
    when: "the vendor has stopped the release that is installed or offered",
    find: each(({ error, lastResult }) =>
      lastResult === "held" && error?.code === "policy.halted" ? error.message : undefined,
    ),
  },
  {
    status: "WARNING",
    when: "the root expires within 30 days",
    find: ({ state: { roles }, now }) =>
      roles
        .filter(({ role, expires }) => {
          const left = Date.parse(expires) - now;
          return role === "root" && left > 0 && left <= rootReminderMs;
        })
        .map(({ expires }) => `the root expires at ${expires}`),
  },
];

/** What is the matter. */
export interface Problem {
  readonly status: Rule["status"];
  readonly message: string;
}

/** The judgement. */
export interface Judgement {
  readonly status: Exclude<Status, "UNKNOWN">;
  readonly problems: readonly Problem[];
  /** One sentence without an end. */
  readonly summary: string;
}

function wellSummary({ databases, lastSuccessAt }: MonitoredState, now: number): string {
  const names = databases.map(({ name, release }) => `${name} ${release?.label ?? ""}`).join(", ");
  return `${names}; last good check ${ago(lastSuccessAt ?? "", now)}`;
}

/** Judges; what is worst comes first. */
export function judge(judged: Judged): Judgement {
  const problems = rules.flatMap(({ status, find }) =>
    find(judged).map((message) => ({ status, message })),
  );
  const status = problems[0]?.status ?? "OK";
  const summary =
    problems.length === 0
      ? wellSummary(judged.state, judged.now)
      : problems.map(({ message }) => message.replace(/\.$/, "")).join("; ");
  return { status, problems, summary };
}
