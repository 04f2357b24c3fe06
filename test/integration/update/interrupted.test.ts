import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noConsumer } from "../../../agent/consumer/none.ts";
import { readHistory } from "../../../agent/update/read-history.ts";
import { readState } from "../../../agent/update/read-state.ts";
import { recover } from "../../../agent/update/run-update.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { scripted } from "../../testkit/scripted-consumer.ts";

let engine: EngineFixture;

beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish({ "main.txt": "one" });
});
afterEach(() => engine.remove());

async function installFirst(): Promise<void> {
  expect((await engine.updateDaily()).result).toBe("updated");
  await engine.publish({ "main.txt": "two" });
}

describe("a run that was killed after the switch", () => {
  /** An update whose process ends while the consumer is asked to confirm. */
  async function killedInConfirm(): Promise<void> {
    await installFirst();
    const killed = new AbortController();
    const confirm = async (): Promise<void> => {
      killed.abort(new Error("killed"));
      throw new Error("killed");
    };
    const consumer = { ...noConsumer, confirm };
    const update = engine.update({ consumer, signal: killed.signal });
    await expect(update).rejects.toThrow("killed");
    expect((await readState(engine.context())).databases[0]?.underWay).toBe("confirming");
  }

  test("is confirmed at the next start", async () => {
    await killedInConfirm();
    const { consumer, asked } = scripted({});
    const told = await recover(engine.context({ consumer }));
    expect(asked).toEqual(["reload 2", "confirm 2"]);
    expect(told.get("daily")).toEqual(["An interrupted switch to 2 was completed."]);
    expect(engine.read("main.txt")).toBe("two");
    expect(engine.leftovers()).toEqual([]);
    expect((await readHistory(engine.context())).at(-1)?.kind).toBe("installed");
  });

  test("or taken back, and the outcome of that run says so", async () => {
    await killedInConfirm();
    const { consumer } = scripted({ "confirm 2": "consumer.confirm-failed" });
    const outcome = await engine.updateDaily({ consumer });
    expect(outcome).toMatchObject({ result: "held", error: { code: "policy.quarantined" } });
    expect(outcome.notes?.join()).toContain("An interrupted switch to 2 was taken back");
    expect(engine.read("main.txt")).toBe("one");
  });
});
