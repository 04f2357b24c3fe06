/** `refresh`: a timer runs it, so that clients can tell a quiet publisher from a silenced one. */
import type { CliContext } from "../../host/cli/types.ts";
import { refresh } from "../repository/refresh.ts";
import { openRoleOf, publisherOf } from "./options.ts";

export async function run(context: CliContext): Promise<number> {
  const { out } = context;
  const publisher = await publisherOf(context);
  const refreshed = await refresh(publisher, openRoleOf(context, publisher));
  out.json({ result: "refreshed", ...refreshed });
  if (refreshed.resumed) out.line("Finished a publication that was interrupted.");
  const { timestampVersion, snapshotVersion, snapshotRenewed, expires } = refreshed;
  const also = snapshotRenewed ? ` and snapshot ${snapshotVersion}` : "";
  out.line(`Published timestamp ${timestampVersion}${also}, good until ${expires}.`);
  return 0;
}
