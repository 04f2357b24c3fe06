/** The bootstrap root as the operator installed it. */
import { readFileIfExists } from "../../host/durable.ts";
import type { FileSystem } from "../../host/file-system.ts";
import { VouchsafeError } from "../../protocol/errors.ts";
import { limits } from "../../protocol/tuf/limits.ts";

/** Its bytes. Throws `trust.root` when there is none, `disk.*`. */
export async function readBootstrapRoot(fs: FileSystem, path: string): Promise<Buffer> {
  const bytes = await readFileIfExists(fs, path, limits.rootBytes);
  if (bytes !== undefined) return bytes;
  throw new VouchsafeError("trust.root", `The bootstrap root ${path} does not exist.`, {
    details: { path },
  });
}
