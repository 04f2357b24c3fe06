/** A relay on loopback over the state of an engine, and neighbours that ask it. */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { repositoryHttp } from "../../agent/cli/network.ts";
import type { MirrorCredentials } from "../../agent/config/types.ts";
import { openCatalog } from "../../agent/relay/read-catalog.ts";
import { type ListenOptions, type RunningRelay, startRelay } from "../../agent/relay/server.ts";
import { tokenCheck } from "../../agent/relay/token.ts";
import { openMirrors } from "../../agent/transfer/mirrors.ts";
import { partialsIn } from "../../agent/transfer/partials.ts";
import { makeThrottle, type Throttle } from "../../agent/transfer/rate.ts";
import { createRepository } from "../../agent/transfer/repository.ts";
import { openTrust } from "../../agent/trust/client.ts";
import type { UpdateOutcome } from "../../agent/update/types.ts";
import { type Clock, systemClock } from "../../host/clock.ts";
import { nodeFileSystem } from "../../host/file-system.ts";
import type { HttpClient } from "../../host/http/types.ts";
import { type Log, silentLog } from "../../host/log.ts";
import { type EngineFixture, engineFixture } from "./engine-fixture.ts";

/** What a test may choose of a relay. */
export interface RelayChoice {
  readonly token?: string;
  readonly tls?: ListenOptions["tls"];
  readonly maxConnections?: number;
  /** Of all answers together; no limit if absent. */
  readonly throttle?: Throttle;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** A relay that listens. */
export interface RelayFixture extends RunningRelay {
  /** Base address, ending in "/". */
  readonly url: string;
}

/** Starts a relay over the state folder of an engine. */
export async function relayOver(
  { state, publisher }: Pick<EngineFixture, "state" | "publisher">,
  choice: RelayChoice = {},
): Promise<RelayFixture> {
  const root = join(state, "..", "root.json");
  writeFileSync(root, publisher.root);
  const { clock = systemClock, log = silentLog, tls, maxConnections = 64 } = choice;
  // The catalog must be looked at for each request: a test does not wait for a second to pass.
  let looks = 0;
  const impatient = { monotonicMs: () => (looks += 1) * 10_000 };
  const running = await startRelay(
    { host: "127.0.0.1", port: 0, maxConnections, ...(tls && { tls }) },
    {
      fs: nodeFileSystem,
      clock,
      log,
      throttle: choice.throttle ?? makeThrottle(undefined, clock),
      mayRead: tokenCheck(choice.token),
      catalog: openCatalog({
        fs: nodeFileSystem,
        clock: impatient,
        state,
        root,
        databases: ["daily"],
      }),
    },
  );
  return { ...running, url: `http${tls ? "s" : ""}://127.0.0.1:${running.port}/` };
}

/** Sends text as it is and reads until the other side closes. */
export function rawRequest(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") resolve(answer);
      else reject(error);
    });
    socket.once("close", () => resolve(answer));
  });
}

/** How a neighbour reaches what it asks. */
export interface NeighbourChoice {
  readonly origins: readonly string[];
  readonly relays: readonly string[];
  readonly originWithinMs?: number;
  readonly credentials?: Readonly<Record<string, MirrorCredentials>>;
  /** PEM file of an authority. */
  readonly ca?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Another machine that takes releases of the same publisher. */
export interface Neighbour {
  readonly engine: EngineFixture;
  /** One update as a new process makes it. */
  update(choice: NeighbourChoice, now?: () => Date): Promise<UpdateOutcome>;
  remove(): Promise<void>;
}

/** Makes a machine with an empty state folder. */
export async function neighbourOf({ publisher }: EngineFixture): Promise<Neighbour> {
  const engine = await engineFixture("vouchsafe-neighbour-");
  const { state } = engine;
  return {
    engine,
    update: async (choice, now = () => new Date()) => {
      const clock = { ...systemClock, now, sleep: async () => undefined };
      const { origins, relays, originWithinMs = 6 * 3_600_000, credentials = {}, ca, env } = choice;
      const http: HttpClient = await repositoryHttp(
        nodeFileSystem,
        {
          transfer: {
            connectMs: 10_000,
            idleMs: 10_000,
            minRate: 0,
            proxy: env === undefined ? "none" : "env",
            ...(ca && { ca }),
          },
          repository: {
            urls: origins,
            relays,
            originWithinMs,
            root: "",
            plain: false,
            credentials: new Map(Object.entries(credentials)),
          },
        },
        "test",
        env ?? {},
      );
      const kept = { fs: nodeFileSystem, clock, log: silentLog, state };
      const mirrors = await openMirrors(origins, kept, { urls: relays, originWithinMs });
      const repository = createRepository(http, mirrors, {
        clock,
        random: () => 0.5,
        log: silentLog,
        partials: partialsIn(kept),
      });
      const trust = await openTrust({
        fs: nodeFileSystem,
        dir: join(state, "trust"),
        marksFile: join(state, "databases", "marks.json"),
        bootstrapRoot: publisher.root,
        fetcher: repository.metadata,
        clock,
        plain: false,
      });
      try {
        return await engine.update({ repository, trust, now });
      } finally {
        http.close();
      }
    },
    remove: () => engine.remove(),
  };
}

/** What an outcome tells of mirrors. */
export const notesOf = ({ databases }: UpdateOutcome): readonly string[] =>
  databases.flatMap(({ mirrors = [] }) => mirrors);
