/** Every event of the engine goes into the history through here, signed by the agent's key. */
import type { HistoryEvent } from "../store/history.ts";
import { appendHistory } from "../store/history-head.ts";
import { statePlaces } from "../store/layout.ts";
import type { EngineContext } from "./types.ts";

/**
 * Writes an event down.
 *
 * @throws VouchsafeError `disk.*`, `format.newer`
 */
export async function writeHistory(context: EngineContext, event: HistoryEvent): Promise<void> {
  const { fs, state, log } = context;
  const signer = await context.identity();
  if (await appendHistory(fs, statePlaces(state), event, signer)) return;
  log.warn("The history was not signed: `history --verify` says why", { database: event.database });
}
