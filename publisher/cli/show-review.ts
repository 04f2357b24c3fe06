/** What an approver reads before signing. */
import { formatBytes, formatTable } from "../../host/cli/format.ts";
import type { Review } from "../proposal/approve.ts";
import type { FileChange, Side } from "../proposal/diff.ts";

const linesOf = (side: Side | undefined): string =>
  side === undefined || side.lines === null ? "" : `${side.lines} lines`;

const arrow = (from: string, to: string): string =>
  from === to ? to : [from, to].filter((text) => text !== "").join(" → ");

function rowOf({ change, path, from, to }: FileChange): string[] {
  const size = (side: Side | undefined) => (side === undefined ? "" : formatBytes(side.length));
  return [`  ${change}`, path, arrow(size(from), size(to)), arrow(linesOf(from), linesOf(to))];
}

/** The review as text. */
export function reviewText({ proposal, diff }: Review): string {
  const { database, release, digest, approvals, expires } = proposal;
  const { info, version } = release;
  const before = database.release;
  const base =
    before === undefined ? "nothing is published yet" : `${before.version} (${before.info.label})`;
  const facts = [
    ["label", info.label],
    ["created", info.created],
    ["expires", expires],
    ...(info.notes === "" ? [] : [["notes", info.notes]]),
    ...(info.rollout === undefined ? [] : [["rollout", `over ${info.rollout.hours} hours`]]),
    ["before", base],
    ["approvals", `${approvals.length} of ${database.signers.threshold}`],
    ["digest", digest],
  ].map(([name = "", value = ""]) => [`  ${name}`, value]);
  const changes =
    diff.changes.length === 0 ? "  no file differs" : formatTable(diff.changes.map(rowOf));
  return [
    `Proposal: ${database.name} ${version}`,
    formatTable(facts),
    "",
    "Changes to what is published:",
    changes,
    `  unchanged: ${diff.unchanged}`,
  ].join("\n");
}

/** The review as a document. */
export function reviewDocument({ proposal, diff }: Review): Record<string, unknown> {
  const { database, release, digest } = proposal;
  const { version, info } = release;
  return { database: database.name, version, label: info.label, digest, diff };
}
