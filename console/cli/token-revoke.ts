/** `token revoke ID`: makes an open token worthless. */
import type { CliContext } from "../../host/cli/types.ts";
import { closeStore, openStore } from "../store/open-store.ts";
import { revokeToken } from "../store/tokens.ts";
import { dataDir } from "./data-dir.ts";

/** Runs the verb. */
export async function run(context: CliContext): Promise<number> {
  const { options, env, clock, out, positionals } = context;
  const [id = ""] = positionals;
  const store = await openStore(dataDir(options, env), clock);
  try {
    const state = await revokeToken(store, id, clock.now());
    out.json({ format: 1, id, state });
    out.line(`Token ${id} is ${state}.`);
    return 0;
  } finally {
    await closeStore(store);
  }
}
