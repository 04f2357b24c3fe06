/** What happened, for `history` and for tests. Reads; takes no lock and changes nothing. */
import { type HistoryLine, readHistory as readLines } from "../store/history.ts";
import { statePlaces } from "../store/layout.ts";
import { type VerifiedHistory, verifyHistory as verifyLines } from "../store/verify-history.ts";
import type { EngineContext } from "./types.ts";

/** All events, oldest first. Throws `disk.*`. */
export function readHistory(context: EngineContext): Promise<readonly HistoryLine[]> {
  return readLines(context.fs, statePlaces(context.state).history);
}

/** Checks the chain of the history and its signed head. Throws `trust.tampered`, `disk.*`. */
export async function verifyHistory(context: EngineContext): Promise<VerifiedHistory> {
  const signer = await context.identity();
  return verifyLines(context.fs, statePlaces(context.state), signer?.publicKey);
}
