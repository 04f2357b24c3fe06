/** `publish`: approved proposals become what clients see. */
import type { CliContext } from "../../host/cli/types.ts";
import { publish, waitingSentence } from "../repository/publish.ts";
import { openRoleOf, publisherOf } from "./options.ts";

export async function run(context: CliContext): Promise<number> {
  const { out } = context;
  const publisher = await publisherOf(context);
  const outcome = await publish(publisher, openRoleOf(context, publisher));
  const { databases, waiting, resumed, snapshotVersion } = outcome;
  const isCurrent = databases.length === 0 && !resumed;
  out.json({ result: isCurrent ? "current" : "published", ...outcome });
  if (resumed) out.line("Finished a publication that was interrupted.");
  for (const { name, version, label } of databases) {
    out.line(`Published ${name} ${version} (${label}) in snapshot ${snapshotVersion}.`);
  }
  if (isCurrent) out.line("Nothing to publish.");
  for (const proposal of waiting) out.line(`Waiting: ${waitingSentence(proposal)}`);
  return 0;
}
