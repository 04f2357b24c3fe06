/** `propose`: a release on its way. */
import { formatBytes } from "../../host/cli/format.ts";
import type { CliContext } from "../../host/cli/types.ts";
import { propose } from "../proposal/propose.ts";
import { argument, numberOf, publisherOf } from "./options.ts";

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
  });
  out.json({ result: "proposed", ...proposed });
  const { database, version, files, bytes, encodedBytes, digest } = proposed;
  out.line(
    `Proposed ${database} ${version} (${proposed.label}): ${files} files, ${formatBytes(bytes)}, ` +
      `${formatBytes(encodedBytes)} encoded.`,
  );
  out.line(`digest ${digest}`);
  return 0;
}
