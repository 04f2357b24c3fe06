/** `token list`: the tokens and how they stand; never their text. */
import type { CliContext } from "../../host/cli/types.ts";
import { closeStore, openStore } from "../store/open-store.ts";
import { listTokens } from "../store/tokens.ts";
import { dataDir } from "./data-dir.ts";

/** Runs the verb. */
export async function run({ options, env, clock, out }: CliContext): Promise<number> {
  const store = await openStore(dataDir(options, env), clock);
  try {
    const tokens = await listTokens(store, clock.now());
    out.json({ format: 1, tokens });
    for (const { id, state, createdAt, expiresAt, usedBy } of tokens) {
      const by = usedBy === null ? "" : `  agent ${usedBy}`;
      const times = `made ${createdAt.toISOString()}  expires ${expiresAt.toISOString()}`;
      out.line(`${id}  ${state.padEnd(7)}  ${times}${by}`);
    }
    if (tokens.length === 0) out.note("There are no tokens; make one with `token new`.");
    return 0;
  } finally {
    await closeStore(store);
  }
}
