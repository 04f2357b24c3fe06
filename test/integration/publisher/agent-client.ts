/** The agent's own trust client over the folder of a published repository. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openTrust } from "../../../agent/trust/client.ts";
import type { MetadataAnswer, MetadataFetcher } from "../../../agent/trust/types.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { errnoOf } from "../../../protocol/errors.ts";

/** Reads metadata from a folder, unconditionally. */
export function folderFetcher(repository: string): MetadataFetcher {
  return {
    get: async (path): Promise<MetadataAnswer> => {
      try {
        const bytes = readFileSync(join(repository, path));
        return { status: "ok", bytes, validators: { origin: "folder:" } };
      } catch (error) {
        if (errnoOf(error) === "ENOENT") return { status: "missing" };
        throw error;
      }
    },
  };
}

/**
 * Opens the client on its stored state.
 *
 * @param state the folder of its state
 * @param now milliseconds since 1970
 * @param root the bootstrap root's file name
 */
export function agentTrust(
  repository: string,
  state: string,
  now: number,
  root = "1.root.json",
): ReturnType<typeof openTrust> {
  mkdirSync(state, { recursive: true });
  return openTrust({
    fs: nodeFileSystem,
    dir: join(state, "trust"),
    marksFile: join(state, "marks.json"),
    bootstrapRoot: readFileSync(join(repository, "metadata", root)),
    fetcher: folderFetcher(repository),
    clock: { now: () => new Date(now) },
    plain: false,
  });
}
