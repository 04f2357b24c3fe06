/** Holding, and a hold that lapses, cut at every call that changes the disk. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { holdDatabase, unholdDatabase } from "../../../agent/update/hold.ts";
import { readHistory, verifyHistory } from "../../../agent/update/read-history.ts";
import { readState } from "../../../agent/update/read-state.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { faultyFileSystem } from "../../testkit/faulty-file-system.ts";

const hourMs = 3_600_000;
const whens = ["before", "after"] as const;

let engine: EngineFixture;
beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish({ "main.txt": "one" });
  await engine.updateDaily();
});
afterEach(() => engine.remove());

const holdNow = async () => (await readState(engine.context())).databases[0]?.hold?.reason;

/** Does something with the process dying at each call in turn; returns how many calls there were. */
async function cutEverywhere(
  act: (fs: ReturnType<typeof faultyFileSystem>) => Promise<unknown>,
  afterwards: () => Promise<void>,
): Promise<number> {
  let at = 1;
  for (; ; at += 1) {
    for (const when of whens) {
      const fs = faultyFileSystem(nodeFileSystem, at, { kind: "death", when });
      await act(fs).catch(() => undefined);
      if (fs.calls.length < at) return at - 1;
      await afterwards();
    }
  }
}

test("a hold is there or not, can be asked for again, and the history stays whole", async () => {
  const cuts = await cutEverywhere(
    (fs) => holdDatabase(engine.context({ fs }), "daily", "audit", undefined),
    async () => {
      expect([undefined, "audit"]).toContain(await holdNow());
      await verifyHistory(engine.context());
      await holdDatabase(engine.context(), "daily", "audit", undefined);
      expect(await holdNow()).toBe("audit");
      await unholdDatabase(engine.context(), "daily");
      const { lines, signed } = await verifyHistory(engine.context());
      expect(signed).toBe(lines);
    },
  );
  expect(cuts).toBeGreaterThan(10);
});

test("a hold that lapses stands in the history once, wherever the update was cut", async () => {
  const lapses = async () => {
    const events = await readHistory(engine.context());
    return events.filter(({ kind }) => kind === "released").length;
  };
  const now = () => new Date(Date.now() + 2 * hourMs);
  let holds = 0;
  const cuts = await cutEverywhere(
    async (fs) => {
      holds += 1;
      await holdDatabase(engine.context(), "daily", "audit", hourMs);
      await engine.update({ fs, now });
    },
    async () => {
      await engine.update({ now });
      expect(await lapses()).toBe(holds);
      await verifyHistory(engine.context());
    },
  );
  expect(cuts).toBeGreaterThan(10);
});
