/** The trust store as it counts for a bootstrap root: what is of another repository does not. */
import type { FileSystem } from "../../host/file-system.ts";
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import { bootstrap, type Restored, repositoryOf, restore } from "./restore.ts";
import { type LoadedTrust, loadTrust, type StoredTrust, type StorePlaces } from "./store.ts";

/** What a bootstrap root leads to. */
export interface OpenedTrust extends Pick<LoadedTrust, "besideMarks"> {
  readonly repository: Sha256;
  /** What is stored of this repository, if anything is. */
  readonly ours: StoredTrust | undefined;
  /** As much of it as still verifies; at least the bootstrap root. */
  readonly restored: Restored;
}

/**
 * Reads the store and checks its signatures again; changes nothing.
 *
 * @param rootBytes the bootstrap root
 * @throws VouchsafeError `trust.root`, `format.newer`, `disk.*`
 */
export async function openStored(
  fs: FileSystem,
  places: StorePlaces,
  rootBytes: Uint8Array,
): Promise<OpenedTrust> {
  const { stored, besideMarks } = await loadTrust(fs, places);
  const start = bootstrap(rootBytes, stored?.repository === sha256(rootBytes) ? "native" : "both");
  const repository = repositoryOf(rootBytes, start.set.root);
  const ours = stored?.repository === repository ? stored : undefined;
  const restored = ours === undefined ? start : restore(start, ours.files);
  return { repository, ours, restored, besideMarks };
}
