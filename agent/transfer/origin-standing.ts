/** How the mirrors that are no relays have answered, for whoever only looks. */
import type { FileSystem } from "../../host/file-system.ts";
import { silentLog } from "../../host/log.ts";
import { readMirrors } from "./mirrors-file.ts";

/** As {@link OriginRecord}, in words of a document. */
export interface OriginStanding {
  /** When one last answered for the timestamp, ISO 8601. */
  readonly answeredAt: string | null;
  /** Whether none did when one had to (`repository.originWithin`). */
  readonly overdue: boolean;
}

/**
 * Reads it; never rejects.
 *
 * @param relays without any of them there is nothing to watch
 * @returns undefined where no relay is configured
 */
export async function readOriginStanding(
  fs: FileSystem,
  state: string,
  relays: readonly string[],
): Promise<OriginStanding | undefined> {
  if (relays.length === 0) return undefined;
  const { answeredAt, missed } = (await readMirrors(fs, state, silentLog)).origin;
  return {
    answeredAt: answeredAt === undefined ? null : new Date(answeredAt).toISOString(),
    overdue: missed === true,
  };
}
