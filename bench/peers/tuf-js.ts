/** tuf-js on our very own repository: whole files, for it knows no encodings. */
import { join } from "node:path";
import type { PeerKind } from "./types.ts";

/** tuf-js, the client of npm. It checks signatures and hashes. */
export const tufJs: PeerKind = {
  name: "tuf-js",
  needs: {},
  open: async ({ repository: { url, root, target }, state, file }) => ({
    publish: async () => undefined, // ours was published a moment ago
    client: {
      program: process.execPath,
      args: [join(import.meta.dirname, "tuf-js-client.ts"), url, root, state, target],
    },
    installed: join(state, file),
  }),
};
