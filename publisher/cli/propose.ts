/** `propose`: a release on its way. */
import { formatBytes, formatSeconds, formatTable } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import type { MadeEncoding } from "../proposal/encoding.ts";
import { suggestedBins } from "../proposal/plan-documents.ts";
import { type Proposed, propose } from "../proposal/propose.ts";
import { argument, numberOf, publisherOf } from "./options.ts";

function hintFor({ database, files }: Proposed, bins: number): string {
  return (
    `${database} lists ${files} files in one piece, which every change signs and sends as a whole. ` +
    `A new database made with "database add NAME --bins ${bins}" would send only the bins that change.`
  );
}

/** Rows shown; `--json` tells all. */
const maxRows = 40;

function tableOf(made: readonly MadeEncoding[]): string {
  const rows = made
    .slice(0, maxRows)
    .map(({ path, encoding, from, bytes, ratio, seconds }) => [
      path,
      from === undefined ? encoding : `${encoding} from ${from}`,
      formatBytes(bytes),
      `${(ratio * 100).toFixed(2)} %`,
      formatSeconds(seconds),
    ]);
  const more = made.length > maxRows ? [[`and ${made.length - maxRows} more`]] : [];
  return formatTable([["file", "encoding", "bytes", "of the file", "time"], ...rows, ...more]);
}

export async function run(context: CliContext): Promise<number> {
  const { options, out } = context;
  const label = options.str("label");
  const notes = options.str("notes");
  const rolloutHours = numberOf(context, "rollout-hours");
  const proposed = await propose(await publisherOf(context), {
    database: argument(context, 0),
    sourceDir: argument(context, 1),
    ...(label === undefined ? {} : { label }),
    ...(notes === undefined ? {} : { notes }),
    ...(rolloutHours === undefined ? {} : { rolloutHours }),
    urgent: options.flag("urgent"),
  });
  const suggested = proposed.bins === undefined ? suggestedBins(proposed.files) : undefined;
  const hint = suggested === undefined ? undefined : hintFor(proposed, suggested);
  out.json({ result: "proposed", ...proposed, ...(hint === undefined ? {} : { hint }) });
  const { database, version, files, bytes, encodedBytes, digest } = proposed;
  out.line(
    `Proposed ${database} ${version} (${proposed.label}): ${files} files, ${formatBytes(bytes)}, ` +
      `${formatBytes(encodedBytes)} encoded.`,
  );
  if (proposed.made.length > 0) out.line(tableOf(proposed.made));
  if (proposed.bins !== undefined) {
    const { count, changed } = proposed.bins;
    out.line(`${changed.length} of ${count} bins change; an approval signs each of them.`);
  }
  const { keys, threshold } = proposed;
  if (keys !== undefined) {
    out.line(`It brings other keys: ${threshold} of ${keys.length} must approve from now on.`);
  }
  out.line(`digest ${digest}`);
  if (hint !== undefined) out.warn(hint);
  return 0;
}
