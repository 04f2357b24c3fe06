/** What an approver reads before signing. */
import { formatBytes, formatTable } from "../../host/cli/format.ts";
import type { RoleKeys } from "../../protocol/tuf/types.ts";
import type { Review } from "../proposal/approve.ts";
import type { FileChange, Side } from "../proposal/diff.ts";
import type { Database } from "../repository/read-database.ts";

const linesOf = (side: Side | undefined): string =>
  side === undefined || side.lines === null ? "" : `${side.lines} lines`;

const arrow = (from: string, to: string): string =>
  from === to ? to : [from, to].filter((text) => text !== "").join(" → ");

function rowOf({ change, path, from, to }: FileChange): string[] {
  const size = (side: Side | undefined) => (side === undefined ? "" : formatBytes(side.length));
  return [`  ${change}`, path, arrow(size(from), size(to)), arrow(linesOf(from), linesOf(to))];
}

const maxShownBins = 8;

const changedBins = ({ documents }: Review["proposal"]): readonly string[] =>
  documents.slice(1).map(({ role }) => role);

function namesOf(bins: readonly string[]): string {
  if (bins.length === 0) return "";
  return `: ${bins.slice(0, maxShownBins).join(", ")}${bins.length > maxShownBins ? ", …" : ""}`;
}

const idsOf = ({ threshold, keyIds }: RoleKeys): string =>
  `${threshold} of ${keyIds.map((keyId) => keyId.slice(0, 12)).join(", ")}`;

/** Which keys count from this release on, where it brings others. */
function keyRows({ rotation, signers }: Database): string[][] {
  if (rotation === undefined) return [];
  return [["keys", `${idsOf(rotation.before)} → ${idsOf(signers)}`]];
}

function keysDocument({ rotation, signers }: Database): Record<string, unknown> {
  if (rotation === undefined) return {};
  const side = ({ threshold, keyIds }: RoleKeys) => ({ threshold, keys: keyIds });
  return { keys: { from: side(rotation.before), to: side(signers) } };
}

/** The review as text. */
export function reviewText({ proposal, diff }: Review): string {
  const { database, release, digest, approvals, expires } = proposal;
  const bins = changedBins(proposal);
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
    ...(database.bins === undefined
      ? []
      : [["bins", `${bins.length} of ${database.bins.count} get signed${namesOf(bins)}`]]),
    ...keyRows(database),
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
  const { bins } = database;
  return {
    database: database.name,
    version,
    label: info.label,
    digest,
    ...keysDocument(database),
    ...(bins === undefined ? {} : { bins: { count: bins.count, changed: changedBins(proposal) } }),
    diff,
  };
}
