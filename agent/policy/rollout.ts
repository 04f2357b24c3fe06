/**
 * Signed rollouts: a release spreads over a fleet from `start`, evenly over `hours`. An agent's
 * place is a pure function of its identity and the release, so that no server keeps lists, the
 * same machines are not always first, and asking again changes nothing.
 */
import { type Sha256, sha256 } from "../../protocol/bytes.ts";
import type { Rollout } from "../../protocol/release/release-info.ts";

const hourMs = 3_600_000;
/** Digits of the hash that count: 48 bits, which a double holds exactly. */
const hexDigits = 12;

/**
 * The agent's place in the rollout of a release: at least 0 and below 1, evenly spread.
 *
 * @param agent what tells this agent from others (its id)
 * @param release digest of the release's metadata
 */
export function rolloutPlace(agent: string, release: Sha256): number {
  const hash = sha256(`vouchsafe/rollout/v1\n${agent}\n${release}`);
  return Number.parseInt(hash.slice(0, hexDigits), 16) / 16 ** hexDigits;
}

/** When the turn of a place comes, in milliseconds since 1970. */
export function turnAt({ start, hours }: Rollout, place: number): number {
  return Date.parse(start) + Math.ceil(place * hours * hourMs);
}
