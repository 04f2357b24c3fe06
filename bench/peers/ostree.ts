/** OSTree: a content-addressed archive, with a static delta between the two days. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runTool, script } from "./shell.ts";
import type { PeerKind } from "./types.ts";

const branch = "database";

/** OSTree without GPG: it checks hashes from the commit on, and believes the branch's head. */
export const ostree: PeerKind = {
  name: "ostree",
  needs: { ostree: "ostree" },
  open: async ({ served, url, state, file }) => {
    const repo = `--repo=${join(served, "repo")}`;
    await runTool("ostree", [repo, "init", "--mode=archive"]);
    const head = (): Promise<string> =>
      runTool("ostree", [repo, "rev-parse", branch]).then((text) => text.trim());
    return {
      publish: async (source) => {
        const before = existsSync(join(served, "repo/refs/heads", branch))
          ? await head()
          : undefined;
        await runTool("ostree", [
          repo,
          "commit",
          "-b",
          branch,
          "-s",
          "day",
          `--tree=dir=${source}`,
        ]);
        if (before !== undefined) {
          const to = await head();
          await runTool("ostree", [
            repo,
            "static-delta",
            "generate",
            `--from=${before}`,
            `--to=${to}`,
          ]);
        }
        await runTool("ostree", [repo, "summary", "-u"]);
      },
      client: script(
        `if [ ! -e "$1/repo" ]; then
  mkdir -p "$1"; ostree --repo="$1/repo" init --mode=bare-user
  ostree --repo="$1/repo" remote add --no-gpg-verify origin "$2repo"
fi
before=$(ostree --repo="$1/repo" rev-parse "origin:$3" 2>/dev/null || true)
ostree --repo="$1/repo" pull origin "$3" >/dev/null
if [ "$before" != "$(ostree --repo="$1/repo" rev-parse "origin:$3")" ]; then
  ostree --repo="$1/repo" checkout -U --union -H "origin:$3" "$1/tree"
fi`,
        state,
        url,
        branch,
      ),
      installed: join(state, "tree", file),
    };
  },
};
