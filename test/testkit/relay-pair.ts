/** Two machines, made anew for each test: one has an origin and hands on what it has. */
import { afterEach, beforeEach, expect } from "vitest";
import { type EngineFixture, engineFixture } from "./engine-fixture.ts";
import { type MisbehavingServer, misbehavingServer } from "./misbehaving-server.ts";
import {
  type Neighbour,
  neighbourOf,
  type RelayChoice,
  type RelayFixture,
  relayOver,
} from "./relay-fixture.ts";

/** Refuses connections at once. */
export const nowhere = "http://127.0.0.1:1/";

/** The machines and the servers between them. */
export interface RelayPair {
  /** Has `main.txt` installed, and a relay over it. */
  first: EngineFixture;
  /** Has nothing yet. */
  second: Neighbour;
  origin: MisbehavingServer;
  relay: RelayFixture;
  /** Starts the relay anew. */
  restart(choice: RelayChoice): Promise<void>;
  /** One more server of the vendor's files. */
  another(): Promise<MisbehavingServer>;
  /** What the origin was asked for since the last call. */
  asked(): readonly string[];
  both(): { readonly origins: readonly string[]; readonly relays: readonly string[] };
  relayAlone(): { readonly origins: readonly string[]; readonly relays: readonly string[] };
  /** `main.txt` of the second machine. */
  installed(): string | undefined;
}

/** Sets the pair up before each test of the file, and takes it down after it. */
export function relayPair(): RelayPair {
  const others: MisbehavingServer[] = [];
  const pair: RelayPair = {
    first: Object.create(null),
    second: Object.create(null),
    origin: Object.create(null),
    relay: Object.create(null),
    restart: async (choice) => {
      await pair.relay.close();
      pair.relay = await relayOver(pair.first, choice);
    },
    another: async () => {
      const server = await misbehavingServer(pair.first.publisher.files);
      others.push(server);
      return server;
    },
    asked: () => pair.origin.requests.splice(0),
    both: () => ({ origins: [pair.origin.url], relays: [pair.relay.url] }),
    relayAlone: () => ({ origins: [nowhere], relays: [pair.relay.url] }),
    installed: () => pair.second.engine.read("main.txt"),
  };
  beforeEach(async () => {
    pair.first = await engineFixture();
    pair.origin = await misbehavingServer(pair.first.publisher.files);
    await pair.first.publish({ "main.txt": "one".repeat(1000), "other.txt": "same" });
    expect((await pair.first.update()).result).toBe("updated");
    pair.relay = await relayOver(pair.first);
    pair.second = await neighbourOf(pair.first);
  });
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close();
    await pair.relay.close();
    await pair.origin.close();
    await pair.second.remove();
    await pair.first.remove();
  });
  return pair;
}
