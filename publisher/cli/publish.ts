/** `publish`: approved proposals become what clients see. */
import type { CliContext } from "../../host/cli/types.ts";
import { waitingSentence } from "../repository/plan-publication.ts";
import { publish } from "../repository/publish.ts";
import { openRoleOf, publisherOf } from "./options.ts";

export async function run(context: CliContext): Promise<number> {
  const { out } = context;
  const publisher = await publisherOf(context);
  const outcome = await publish(publisher, openRoleOf(context, publisher));
  const { databases, rotated, waiting, notes, resumed, snapshotVersion } = outcome;
  const isCurrent = databases.length === 0 && rotated.length === 0 && !resumed;
  out.json({ result: isCurrent ? "current" : "published", ...outcome });
  if (resumed) out.line("Finished a publication that was interrupted.");
  for (const { name, version, label } of databases) {
    out.line(`Published ${name} ${version} (${label}) in snapshot ${snapshotVersion}.`);
  }
  for (const name of rotated) {
    out.line(`${name} is approved by its new keys alone from snapshot ${snapshotVersion} on.`);
  }
  if (isCurrent) out.line("Nothing to publish.");
  for (const note of notes) out.warn(note);
  for (const proposal of waiting) out.line(`Waiting: ${waitingSentence(proposal)}`);
  return 0;
}
