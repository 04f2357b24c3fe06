/** What each address may do: so many connections, so many requests a second. */
import type { Clock } from "../../host/clock.ts";
import { makeThrottle, type Throttle } from "../transfer/rate.ts";
import { bounds } from "./bounds.ts";

/** The addresses that a relay knows. */
export interface Neighbours {
  /** Whether one connection more is within bounds; if so, `disconnected` must follow. */
  connected(address: string): boolean;
  disconnected(address: string): void;
  /** Waits until so many requests of an address are within bounds. Throws the signal's reason. */
  pace(address: string, requests: number, signal?: AbortSignal): Promise<void>;
}

/** Knows nobody yet. */
export function makeNeighbours(clock: Pick<Clock, "monotonicMs" | "sleep">): Neighbours {
  const connections = new Map<string, number>();
  const paces = new Map<string, Throttle>();

  function paceOf(address: string): Throttle {
    const known = paces.get(address);
    if (known !== undefined) return known;
    const [oldest] = paces.keys();
    if (paces.size >= bounds.addresses && oldest !== undefined) paces.delete(oldest);
    const made = makeThrottle(bounds.requestsPerSecond, clock);
    paces.set(address, made);
    return made;
  }

  return {
    connected: (address) => {
      const count = connections.get(address) ?? 0;
      if (count >= bounds.connectionsPerAddress) return false;
      connections.set(address, count + 1);
      return true;
    },
    disconnected: (address) => {
      const count = connections.get(address) ?? 0;
      if (count > 1) connections.set(address, count - 1);
      else connections.delete(address);
    },
    pace: (address, requests, signal) => paceOf(address).take(requests, signal),
  };
}
