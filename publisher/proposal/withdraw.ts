/** Taking a proposal back. Its version number stays spent. */
import { VouchsafeError } from "../../protocol/errors.ts";
import { checkNothingPending } from "../repository/outbox.ts";
import { databaseNamed, readPublished } from "../repository/published.ts";
import { exists, type Publisher, withLock } from "../workspace/publisher.ts";
import { discardProposal, placeOf } from "./place.ts";

/**
 * Removes a database's open proposal, also one that was damaged.
 * @throws VouchsafeError state.missing, usage.input while a publication is unfinished, disk.*
 */
export function withdraw(publisher: Publisher, name: string): Promise<void> {
  return withLock(publisher, async () => {
    await checkNothingPending(publisher);
    const database = databaseNamed(await readPublished(publisher), name);
    if (!(await exists(publisher.fs, placeOf(publisher, database.name).dir))) {
      throw new VouchsafeError("state.missing", `${database.name} has no open proposal.`);
    }
    await discardProposal(publisher, database.name);
  });
}
