/** For each test a machine that has installed a release, and its relay. */
import { afterEach, beforeEach, expect } from "vitest";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { type RelayChoice, type RelayFixture, relayOver } from "../../testkit/relay-fixture.ts";

/** What there is while a test runs. */
export interface RelayMachine {
  readonly engine: EngineFixture;
  readonly relay: RelayFixture;
  /** Another relay over the same state, in place of the first. */
  restart(choice: RelayChoice): Promise<void>;
}

/** @param content of the release's `main.txt` */
export function useRelay(content: string): RelayMachine {
  let engine: EngineFixture;
  let relay: RelayFixture;
  beforeEach(async () => {
    engine = await engineFixture();
    await engine.publish({ "main.txt": content });
    expect((await engine.update()).result).toBe("updated");
    relay = await relayOver(engine);
  });
  afterEach(async () => {
    await relay.close();
    await engine.remove();
  });
  return {
    get engine() {
      return engine;
    },
    get relay() {
      return relay;
    },
    restart: async (choice) => {
      await relay.close();
      relay = await relayOver(engine, choice);
    },
  };
}
