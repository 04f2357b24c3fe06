/** What the routes share. */
import type { FastifyRequest } from "fastify";
import type { Clock } from "../../host/clock.ts";
import type { Log } from "../../host/log.ts";
import type { Store } from "../store/open-store.ts";
import type { Site } from "./site.ts";

export interface ApiContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: (length: number) => Uint8Array;
  readonly log: Log;
  /** Known once the console listens. */
  readonly site: () => Site;
}

/** The exact bytes of a request's body; empty if it has none. */
export function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
