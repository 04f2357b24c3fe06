/** Free space, against what an update may need. */
import { dirname } from "node:path";
import { formatBytes } from "../../../host/cli/format.ts";
import { lstatIfExists } from "../../../host/durable.ts";
import type { FileSystem } from "../../../host/file-system.ts";
import { type Check, type Finding, failure, ok, warning } from "../findings.ts";

const leastBytes = 64 * 1024 * 1024;

/**
 * Pure. An update is staged beside what is installed, so the largest database is needed once more
 * for the update, and a second time where the release has grown.
 *
 * @param installed bytes of each installed database
 */
export function judgeSpace(
  state: string,
  freeBytes: number,
  installed: readonly number[],
): Finding {
  const needed = Math.max(leastBytes, ...installed);
  const shown = `${formatBytes(freeBytes)} are free for ${state}`;
  if (freeBytes < needed) {
    const message = `${shown}, but a whole release may need ${formatBytes(needed)}.`;
    return failure("disk.full", message, `Free ${formatBytes(needed - freeBytes)} more.`);
  }
  if (freeBytes < 2 * needed) {
    const message = `${shown}: enough for one whole release, not for one of twice the size.`;
    return warning(message, `Free ${formatBytes(2 * needed - freeBytes)} more.`);
  }
  return ok(`${shown}; a whole release needs ${formatBytes(needed)}.`);
}

/** The nearest folder that exists. */
async function existing(fs: FileSystem, path: string): Promise<string> {
  const found = (await lstatIfExists(fs, path)) !== undefined || dirname(path) === path;
  return found ? path : existing(fs, dirname(path));
}

export const spaceCheck: Check = {
  id: "space",
  title: "free space on the state's volume against what a whole release may need",
  run: async ({ config: { state }, fs, installed }) => {
    const { freeBytes } = await fs.statfs(await existing(fs, state));
    const sizes = [...(await installed()).values()].map(({ bytes }) => bytes);
    return [judgeSpace(state, freeBytes, sizes)];
  },
};
