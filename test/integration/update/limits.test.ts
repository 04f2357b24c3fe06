import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { exitCodeOfOutcome } from "../../../agent/update/outcome.ts";
import { nodeFileSystem } from "../../../host/file-system.ts";
import { type EngineFixture, engineFixture } from "../../testkit/engine-fixture.ts";
import { memoryRepository } from "../../testkit/memory-repository.ts";

let engine: EngineFixture;

beforeEach(async () => {
  engine = await engineFixture();
  await engine.publish({ "main.txt": "one" });
  await engine.updateDaily();
  await engine.publish({ "main.txt": Buffer.alloc(10_000_000) });
});
afterEach(() => engine.remove());

describe("too little space", () => {
  const freeBytes = 5_000_000;
  const fs = { ...nodeFileSystem, statfs: async () => ({ freeBytes, totalBytes: 1e9 }) };

  test("is seen before anything is fetched, with the exact amounts", async () => {
    const repository = memoryRepository(engine.publisher.files);
    const outcome = await engine.update({ fs, repository });
    const needed = outcome.databases[0]?.plan.disk ?? 0;
    expect(needed).toBeGreaterThan(10_000_000);
    expect(outcome.error).toMatchObject({
      code: "disk.full",
      message: expect.stringContaining(
        `needs ${needed} bytes in ${engine.state}/databases/daily/generations, where ${freeBytes} are free: free ${needed - freeBytes} more`,
      ),
    });
    expect(exitCodeOfOutcome(outcome)).toBe(5);
    expect(repository.downloads).toEqual([]);
    expect(engine.read("main.txt")).toBe("one");
    expect(engine.leftovers()).toEqual([]);
  });

  test("is over once space is free", async () => {
    await engine.update({ fs });
    expect((await engine.updateDaily()).result).toBe("updated");
  });
});

test("a kept file needs no space", async () => {
  await engine.updateDaily();
  await engine.publish({ "main.txt": Buffer.alloc(10_000_000), "more.txt": "x" });
  const outcome = await engine.update({}, { planOnly: true });
  expect(outcome.databases[0]?.plan.disk).toBeLessThan(2_000_000);
});

test.each(["fetching", "assembling"])(
  "an abort in %s is passed on, leaves nothing, and the next run succeeds",
  async (step) => {
    const stop = new AbortController();
    const update = engine.update({
      signal: stop.signal,
      onProgress: (event) => {
        if (event.step === step && event.total > 0) stop.abort(new Error("stopped"));
      },
    });
    await expect(update).rejects.toThrow("stopped");
    expect(engine.read("main.txt")).toBe("one");
    expect(engine.leftovers()).toEqual([]);
    expect((await engine.updateDaily()).result).toBe("updated");
  },
);
