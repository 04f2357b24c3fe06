/** freshclam with a database of one's own (DatabaseCustomURL): the whole file, if it is newer. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { script } from "./shell.ts";
import type { PeerKind } from "./types.ts";

/** freshclam. It believes the server. */
export const freshclam: PeerKind = {
  name: "freshclam",
  needs: { freshclam: "clamav-freshclam" },
  open: async ({ served, url, work, state, file }) => {
    await mkdir(work, { recursive: true });
    return {
      publish: async (source) => {
        // Its time is that of this copy: freshclam takes what is younger than what it has.
        await copyFile(join(source, file), join(served, file));
        await writeFile(
          join(work, "freshclam.conf"),
          `DatabaseOwner ${userInfo().username}\nTestDatabases no\nDatabaseMirror localhost\nDatabaseCustomURL ${url}${file}\n`,
        );
      },
      client: script(
        'mkdir -p "$1"; freshclam --quiet --config-file="$2" --datadir="$1" --update-db=custom',
        state,
        join(work, "freshclam.conf"),
      ),
      installed: join(state, file),
    };
  },
};
