import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { databasePlaces } from "../../../agent/store/layout.ts";
import { readRecord, writeRecord } from "../../../agent/store/record.ts";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";

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

describe("a hold", () => {
  test("keeps the database where it is, until it ends", async () => {
    await installFirst();
    const { fs } = engine.context();
    const places = databasePlaces(engine.state, "daily");
    const record = await readRecord(fs, places);
    if (record.kind !== "ok") throw new Error(record.kind);
    const hold = { reason: "audit", at: "2026-01-01T00:00:00Z", until: "2026-06-01T00:00:00Z" };
    await writeRecord(fs, places, { ...record.value, hold });
    const during = { now: () => new Date("2026-05-31T23:59:59Z") };
    const outcome = await engine.update({ ...during, trust: await trustOf() });
    expect(outcome).toMatchObject({ result: "held", error: { code: "policy.held" } });
    expect(exitCodeOfOutcome(outcome)).toBe(8);
    expect((await engine.updateDaily()).result).toBe("updated");
  });

  async function trustOf() {
    const client = await engine.context().openTrust();
    await client.refresh();
    const release = await client.release("daily");
    return { refresh: async () => ({ changed: false }), release: async () => release };
  }
});
