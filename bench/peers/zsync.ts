/** zsync: a control file with rolling checksums; the client asks for the ranges that it lacks. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool, script } from "./shell.ts";
import type { PeerKind } from "./types.ts";

/** zsync. It checks one SHA-1 that comes with the control file. */
export const zsync: PeerKind = {
  name: "zsync",
  needs: { zsync: "zsync", zsyncmake: "zsync" },
  open: async ({ served, url, state, file }) => ({
    publish: async (source) => {
      await copyFile(join(source, file), join(served, file));
      const control = join(served, `${file}.zsync`);
      await runTool("zsyncmake", ["-u", `${url}${file}`, "-o", control, join(served, file)]);
    },
    client: script(
      `mkdir -p "$1"; cd "$1"; if [ -e "$3" ]; then set -- "$1" "$2" "$3" -i "$3"; fi
url=$2; name=$3; shift 3; zsync -q "$@" -o "$name" "$url$name.zsync"; rm -f "$name.zs-old"`,
      state,
      url,
      file,
    ),
    installed: join(state, file),
  }),
};
