/** An outcome as a person reads it: one line for each database, and what to do about errors. */
import { formatBytes, formatSeconds } from "../../host/cli/format.ts";
import type { ErrorDocument } from "../../protocol/errors.ts";
import type { ReleaseRef } from "../store/release-ref.ts";
import type { DatabaseOutcome, UpdateOutcome } from "../update/types.ts";

/** What goes to standard output, and what to standard error. */
export interface ShownOutcome {
  readonly lines: readonly string[];
  readonly errors: readonly string[];
}

const label = (release: ReleaseRef | null): string => release?.label ?? "nothing";

/** The message; a line that begins with the database need not name it again. */
function errorText({ message, code }: ErrorDocument, database = ""): string {
  const prefix = `${database}: `;
  return `${message.startsWith(prefix) ? message.slice(prefix.length) : message} [${code}]`;
}

function planText({ plan, from, to }: DatabaseOutcome): string {
  if (plan.action === "none") return `nothing to do: ${plan.why}`;
  const { fetch, keep, disk } = plan;
  return `would ${plan.action} ${label(from)} → ${label(to)}: fetch ${fetch.files} files (${formatBytes(fetch.bytes)}), keep ${keep.files}, needs ${formatBytes(disk)} on disk. ${plan.why}`;
}

/** One database in one line. */
export function describeDatabase(outcome: DatabaseOutcome): string {
  const { name, result, from, to, bytes, seconds, plan, error } = outcome;
  const why = error === undefined ? plan.why : errorText(error, name);
  switch (result) {
    case "updated": {
      const cost = `${formatBytes(bytes)} in ${formatSeconds(seconds)}`;
      const what =
        from === null ? `installed ${label(to)}` : `updated ${label(from)} → ${label(to)}`;
      return plan.action === "repair"
        ? `${name}: repaired ${label(to)} (${cost})`
        : `${name}: ${what} (${cost})`;
    }
    case "current":
      return `${name}: current at ${label(from)}`;
    case "planned":
      return `${name}: ${planText(outcome)}`;
    case "held":
      return `${name}: held at ${label(from)}: ${why}`;
    case "reverted":
      return `${name}: reverted to ${label(from)}: ${why}`;
    case "refused":
      return `${name}: refused, stays at ${label(from)}: ${why}`;
    case "failed":
      return `${name}: failed, stays at ${label(from)}: ${why}`;
  }
}

/** What keeps a release back besides what its line names already. */
function alsoKeptBack({ result, plan }: DatabaseOutcome): readonly string[] {
  if (result !== "held") return [];
  return (plan.reasons ?? []).slice(1).map(({ why, code }) => `  also: ${why} [${code}]`);
}

/** The whole outcome: pure. */
export function showOutcome({ databases, error }: UpdateOutcome): ShownOutcome {
  const lines: string[] = [];
  const errors: string[] = [];
  const advice = new Set<string>();
  for (const outcome of databases) {
    const line = describeDatabase(outcome);
    if (outcome.error === undefined) lines.push(line);
    else {
      errors.push(line, ...alsoKeptBack(outcome));
      advice.add(outcome.error.advice);
    }
    const { notes = [], mirrors = [] } = outcome;
    lines.push(...notes.map((note) => `  ${note}`));
    const shown = mirrors.map((sentence) => `  ${sentence}`);
    (outcome.error === undefined ? lines : errors).push(...shown);
  }
  if (error !== undefined && databases.every((outcome) => outcome.error === undefined)) {
    errors.push(errorText(error));
    advice.add(error.advice);
  }
  return { lines, errors: [...errors, ...[...advice].map((text) => `  what to do: ${text}`)] };
}
