/** Puts the console together: store, API, page, socket. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { VouchsafeError } from "../protocol/errors.ts";
import { buildApp } from "./api/app.ts";
import { type ListenOptions, listen } from "./api/listener.ts";
import type { WebFiles } from "./api/page-routes.ts";
import { type Site, siteOf } from "./api/site.ts";
import { closeStore, openStore } from "./store/open-store.ts";

/** What a console is made from. */
export interface ConsoleOptions {
  readonly dataDir: string;
  readonly listen: ListenOptions;
  /** Origin. */
  readonly publicUrl?: string;
  readonly behindProxy: boolean;
  readonly web: WebFiles | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** A console that runs. */
export interface RunningConsole {
  /** Its address for people. */
  readonly url: string;
  /** Lets requests that run finish, then closes socket and database. */
  close(): Promise<void>;
}

const graceMs = 5_000;

/** Starts a console; throws as `openStore` and `listen` do. */
export async function startConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const { clock, log, web, behindProxy, publicUrl } = options;
  const tls = options.listen.tls !== undefined;
  const store = await openStore(options.dataDir, clock);
  let known: Site | undefined;
  const site = (): Site => {
    if (known !== undefined) return known;
    throw new VouchsafeError("internal.unexpected", "A request came before the console listened.");
  };
  try {
    const context = { store, clock, random: randomBytes, log, site };
    const app = await buildApp({ context, web, behindProxy, tls });
    const listener = await listen(app.handle, options.listen, clock);
    const { port } = listener;
    known = siteOf({ tls, port, behindProxy, ...(publicUrl === undefined ? {} : { publicUrl }) });
    const close = async (): Promise<void> => {
      await listener.close(graceMs);
      await app.close();
      await closeStore(store);
    };
    return { url: known.url, close };
  } catch (error) {
    await closeStore(store);
    throw error;
  }
}
