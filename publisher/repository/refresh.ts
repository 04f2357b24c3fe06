/** Renewing what expires soon by itself: the timestamp always, the snapshot when it is half over. */
import type { OpenRole } from "../keys/role-signers.ts";
import { type Publisher, withLock } from "../workspace/publisher.ts";
import { type Issued, issueSnapshot, issueTimestamp } from "./issue.ts";
import { deliverOutbox } from "./outbox.ts";
import { readPublished } from "./published.ts";

/** What a refresh did. */
export interface Refreshed extends Issued {
  /** Whether an unfinished publication was finished on the way. */
  readonly resumed: boolean;
  readonly snapshotRenewed: boolean;
  /** When the new timestamp expires. */
  readonly expires: string;
}

/** Whether less than half of a lifetime is left. */
export function isHalfOver(expires: string, lifetimeDays: number, now: Date): boolean {
  return Date.parse(expires) - now.getTime() < (lifetimeDays * 86_400_000) / 2;
}

/**
 * Renews the timestamp, and the snapshot if need be.
 * @throws VouchsafeError key.*, secret.unavailable, repository.incomplete, trust.*, busy.locked,
 *   disk.*
 */
export function refresh(publisher: Publisher, open: OpenRole): Promise<Refreshed> {
  return withLock(publisher, async () => {
    const resumed = (await deliverOutbox(publisher)) !== undefined;
    const published = await readPublished(publisher);
    const lifetime = publisher.settings.expiryDays.snapshot;
    const now = publisher.clock.now();
    const snapshotRenewed = isHalfOver(published.snapshot.expires, lifetime, now);
    const nothing = { roles: [], files: [], proposals: [] };
    const issued = snapshotRenewed
      ? await issueSnapshot(publisher, published, open, nothing)
      : await issueTimestamp(publisher, published, open);
    const { expires } = (await readPublished(publisher)).timestamp;
    return { ...issued, resumed, snapshotRenewed, expires };
  });
}
