/** `status`: what expires, what waits for whom. */
import { formatSeconds, formatTable } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import {
  type Expiry,
  type Person,
  type ProposalStatus,
  type PublisherStatus,
  readStatus,
} from "../repository/status.ts";
import { publisherOf } from "./options.ts";

const shown = ({ name, keyId }: Person): string => name ?? keyId.slice(0, 12);
const listed = (persons: readonly Person[]): string => persons.map(shown).join(", ");

function expiryRow({ role, version, expires, state }: Expiry, now: Date): string[] {
  const seconds = (Date.parse(expires) - now.getTime()) / 1000;
  const left = seconds <= 0 ? "EXPIRED" : `in ${formatSeconds(seconds)}`;
  return [role, String(version), expires, state === "soon" ? `${left} (soon)` : left];
}

function proposalLines(proposal: ProposalStatus): string[] {
  const { database, version, label, digest, approvedBy, waitingFor, missing, voided } = proposal;
  const bins = proposal.bins.length;
  return [
    `  ${database} ${version} (${label})  digest ${digest}`,
    ...(bins === 0 ? [] : [`    bins that get signed: ${bins}`]),
    `    approved by: ${approvedBy.length === 0 ? "nobody" : listed(approvedBy)}`,
    missing === 0
      ? "    ready to publish"
      : `    waits for ${missing} of: ${waitingFor.length === 0 ? "nobody" : listed(waitingFor)}`,
    ...(voided.length === 0
      ? []
      : [`    void, for the proposal was changed after them: ${listed(voided)}`]),
  ];
}

function haltedLines({ halted }: PublisherStatus): string[] {
  if (halted.length === 0) return [];
  const rows = halted.map(({ database, version, at, reason }) => [
    `  ${database} ${version}`,
    at,
    reason,
  ]);
  return ["Halted:", formatTable(rows), ""];
}

function keyChangeLines({ keyChange, databases }: PublisherStatus): string[] {
  if (keyChange === null) return [];
  if (keyChange.state === "void") return [keyChange.why, ""];
  const rows = databases.flatMap(({ name, threshold, keys, next }) =>
    next === null
      ? []
      : [
          [
            `  ${name}`,
            `${threshold} of ${listed(keys)}`,
            "→",
            `${next.threshold} of ${listed(next.keys)}`,
          ],
        ],
  );
  const title = `Keys that change with the next release (signed, good until ${keyChange.expires}):`;
  return [title, formatTable(rows), ""];
}

/** The status as text. */
export function statusText(status: PublisherStatus, now: Date): string {
  const { expiries, databases, proposals, broken } = status;
  const databaseRows = databases.map(({ name, release, threshold, keys, bins }) => [
    name,
    release === null ? "nothing published" : `${release.version} (${release.label})`,
    `${threshold} of ${listed(keys)}`,
    bins === null ? "" : `${bins.count} bins`,
  ]);
  const open = [
    ...proposals.flatMap(proposalLines),
    ...broken.map(({ database, error }) => `  ${database}: ${error.message}`),
  ];
  return [
    `Repository ${status.repository}`,
    ...(status.publication === "unfinished"
      ? ['A publication is unfinished; "publish" finishes it.']
      : []),
    "",
    formatTable([
      ["METADATA", "VERSION", "EXPIRES", ""],
      ...expiries.map((expiry) => expiryRow(expiry, now)),
    ]),
    "",
    formatTable([["DATABASE", "RELEASE", "APPROVED BY", ""], ...databaseRows]),
    "",
    ...keyChangeLines(status),
    ...haltedLines(status),
    ...(open.length === 0 ? ["No open proposals."] : ["Open proposals:", ...open]),
  ].join("\n");
}

export async function run(context: CliContext): Promise<number> {
  const status = await readStatus(await publisherOf(context));
  context.out.json({ result: "done", ...status });
  context.out.line(statusText(status, context.clock.now()));
  return 0;
}
