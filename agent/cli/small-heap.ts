/** Memory for what the update brings, in place of V8's last optimising compiler. */
import { setFlagsFromString } from "node:v8";
import type { MetadataFetcher } from "../trust/types.ts";

/**
 * Metadata as it comes; the first that is new means that there is work, and makes room for it: that
 * compiler takes 6 MB while it runs, and an update gains nothing by it. Not sooner: what is kept
 * compiled of Node.js counts only while V8's flags are as they were, so that a check which finds
 * nothing would take 20 ms longer.
 */
export function savingMemoryForWork(fetcher: MetadataFetcher): MetadataFetcher {
  return {
    ...fetcher,
    get: async (path, request) => {
      const answer = await fetcher.get(path, request);
      if (answer.status === "ok") setFlagsFromString("--no-opt");
      return answer;
    },
  };
}
