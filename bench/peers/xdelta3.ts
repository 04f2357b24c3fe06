/** curl and xdelta3: the least that a delta costs, with no trust in anything. */
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool, script } from "./shell.ts";
import type { PeerKind } from "./types.ts";

/** curl for the whole file compressed by zstd -19, or for an xdelta3 between the two days. */
export const xdelta3: PeerKind = {
  name: "curl + zstd/xdelta3 (no trust)",
  needs: { xdelta3: "xdelta3", curl: "curl", zstd: "zstd" },
  open: async ({ served, url, work, state, file }) => {
    const last = join(work, "last");
    let days = 0;
    return {
      publish: async (source) => {
        const path = join(source, file);
        if (days > 0) {
          const delta = join(served, "delta");
          await runTool("xdelta3", [
            "-9",
            "-S",
            "djw",
            "-B",
            "536870912",
            "-fe",
            "-s",
            last,
            path,
            delta,
          ]);
        }
        await runTool("zstd", ["-19", "-qf", path, "-o", join(served, "whole.zst")]);
        await copyFile(path, last);
        days += 1;
        await writeFile(join(served, "day"), String(days));
      },
      client: script(
        `mkdir -p "$1"
day=$(curl -sSf "$2day")
[ "$day" != "$(cat "$1/day" 2>/dev/null)" ] || exit 0
if [ -e "$1/$3" ]; then
  curl -sSfo "$1/delta" "$2delta"; xdelta3 -B 536870912 -fd -s "$1/$3" "$1/delta" "$1/next"; mv "$1/next" "$1/$3"
else
  curl -sSf "$2whole.zst" | zstd -dqfo "$1/$3"
fi
echo "$day" >"$1/day"`,
        state,
        url,
        file,
      ),
      installed: join(state, file),
    };
  },
};
