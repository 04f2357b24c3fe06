/** casync: a store of chunks and an index; the old file is the seed. */
import { join } from "node:path";
import { runTool, script } from "./shell.ts";
import type { PeerKind } from "./types.ts";

/** casync over HTTP. It checks hashes; who made the index it does not ask. */
export const casync: PeerKind = {
  name: "casync",
  needs: { casync: "casync" },
  open: async ({ served, url, state, file }) => ({
    publish: async (source) => {
      const index = join(served, "index.caibx");
      await runTool("casync", [
        "make",
        `--store=${join(served, "store")}`,
        index,
        join(source, file),
      ]);
    },
    client: script(
      `mkdir -p "$1"; seed=; if [ -e "$1/$3" ]; then seed="--seed=$1/$3"; fi
casync extract "--store=$2store" $seed "$2index.caibx" "$1/next" && mv "$1/next" "$1/$3"`,
      state,
      url,
      file,
    ),
    installed: join(state, file),
  }),
};
